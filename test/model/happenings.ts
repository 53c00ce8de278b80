/** What a script does to the cluster, to Temporal and by people. */
import type { WriteObject } from '../../src/contract/fence.ts';
import { abortSignal, pauseSignal } from '../../src/contract/messages.ts';
import type { Cluster } from './cluster.ts';
import type { People } from './people.ts';
import type { Happening } from './script.ts';
import type { ModelStage } from './stage.ts';

export class Happenings {
  private readonly stage: ModelStage;
  private readonly people: People;

  constructor(stage: ModelStage, people: People) {
    this.stage = stage;
    this.people = people;
  }

  happen(what: Happening): void {
    this.stage.note(JSON.stringify(what));
    const happens = this.of[what.kind] as (what: Happening) => void;
    happens(what);
  }

  private readonly of: { [Kind in Happening['kind']]: (what: Extract<Happening, { kind: Kind }>) => void } = {
    action: (what) => this.people.act(what),
    signal: ({ verb }) => {
      if (this.stage.engine.running)
        this.stage.engine.signal((verb === 'pause' ? pauseSignal : abortSignal).name, 'by signal');
    },
    offer: ({ image, id }) => this.people.offer(image, id),
    cancel: () => {
      if (this.stage.engine.running) this.stage.engine.cancel();
    },
    terminate: () => {
      this.stage.todo.push(() => this.stage.engine.terminate());
      this.stage.agenda.in(5_000, () => this.people.repair());
    },
    'pods die': ({ side, count }) =>
      this.meddle(side, `${count} pods die`, ({ [side]: workload }) => workload.kill(count)),
    shrink: () =>
      this.meddle('primary', 'the HPA shrinks it', ({ primary, autoscaler }) => {
        primary.replicas = Math.max(1, autoscaler.min);
      }),
    image: ({ image, how, on }) => {
      const images = this.stage.world.cluster[how];
      if (on) images.add(image);
      else images.delete(image);
    },
    metrics: ({ on }) => {
      this.stage.world.cluster.metrics = on;
    },
    edit: ({ canary }) => {
      // Without a rollout the route is nobody's but its owner's.
      if (!this.stage.engine.running || this.stage.world.cluster.canary.replicas === 0) return;
      this.meddle('route', `weights ${100 - canary}/${canary}`, (cluster) => {
        cluster.route = { primary: 100 - canary, canary, mirror: 0 };
      });
    },
    refuse: ({ object, status, ms }) => {
      const { refused } = this.stage.world.cluster;
      refused.set(object, status);
      this.stage.agenda.in(ms, () => refused.delete(object));
    },
    delete: ({ object, ms }) => {
      this.meddle(object, 'deleted', (cluster) => cluster.delete(object));
      this.stage.agenda.in(ms, () => this.meddle(object, 'created again', (cluster) => cluster.create(object)));
    },
    template: ({ image }) =>
      this.meddle('primary', `somebody puts ${image}`, ({ primary }) => {
        primary.image = image;
      }),
    bounds: ({ min }) =>
      this.meddle('primary-autoscaler', `somebody puts ${min}`, (cluster) => {
        cluster.autoscaler = { ...cluster.autoscaler, min };
      }),
    unreadable: ({ ms }) => {
      const { cluster } = this.stage.world;
      cluster.unreadable = true;
      this.stage.agenda.in(ms, () => {
        cluster.unreadable = false;
      });
    },
    'long history': () => {
      this.stage.engine.lengthenHistory();
    },
    replay: () => {
      this.stage.todo.push(() => this.stage.engine.replay());
    },
  };

  private meddle(object: WriteObject, what: string, change: (cluster: Cluster) => void): void {
    const { cluster } = this.stage.world;
    cluster.meddle(this.stage.agenda.now, object, what, () => change(cluster));
  }
}
