/** What the calls of activities do to the model of a cluster, once they come through. */
import type { ProofInput } from '../../src/contract/action.ts';
import type {
  BoundsInput,
  FencedTarget,
  LookInput,
  RaiseFenceInput,
  RestorePrimaryInput,
  RouteInput,
  ScaleInput,
  UpgradeInput,
  WriteAgain,
} from '../../src/contract/activities.ts';
import type { DetectInput } from '../../src/contract/detected.ts';
import type { WriteObject } from '../../src/contract/fence.ts';
import { describeIntent, sameIntent } from '../../src/contract/intent.ts';
import { mayRoute } from '../../src/contract/may-route.ts';
import type { News } from '../../src/contract/notice.ts';
import { proofOf } from '../support/proof.ts';
import type { Clock } from './agenda.ts';
import { type Cluster, unpinned } from './cluster.ts';
import type { Detections } from './detections.ts';
import type { FoundRefusal } from './driver.ts';
import { worldSeen } from './seen.ts';

export interface Told {
  topic: string;
  rollout?: string;
  outcome?: string;
}

export class Effects {
  readonly notices: Told[] = [];
  private readonly asked = new Set<string>();
  private readonly cluster: Cluster;
  private readonly detections: Detections;
  private readonly agenda: Clock;

  constructor(cluster: Cluster, detections: Detections, agenda: Clock) {
    this.cluster = cluster;
    this.detections = detections;
    this.agenda = agenda;
  }

  /** @throws Error as the API server answers: a conflict may be over soon, the others are not tried again by Temporal */
  allowed(object: WriteObject): void {
    const status = this.cluster.refuses(object);
    if (status === 409) throw new Error(`409: the ${object} was changed meanwhile`);
    if (status) throw new RefusedCall(`${status}: the ${object} cannot be written`);
  }

  private fenced(object: WriteObject, input: FencedTarget, what: string, apply: () => void): void {
    this.allowed(object);
    const now = this.cluster.uids;
    if (this.cluster.bound && input.uids?.[object] !== undefined && input.uids[object] !== now[object])
      throw new RefusedCall(`the ${object} is another one`, { type: 'Recreated', detail: { [object]: now[object] } });
    if (!this.cluster.write(this.agenda.now, object, input.fence, what, apply))
      throw new RefusedCall(`the ${object} carries a newer write`);
  }

  /** By the name of the activity. */
  readonly of: Record<string, (input: never) => unknown> = {
    detect: (input: DetectInput) => this.detections.detect(input),
    createCanary: () => {
      this.cluster.create('canary');
      return { canary: this.cluster.uids.canary };
    },
    scaleCanary: (input: ScaleInput) => {
      this.fenced('canary', input, `scale to ${input.replicas}`, () => {
        if (input.template) this.cluster.canary.image = this.cluster.admitted(input.revision.image);
        this.cluster.canary.replicas = input.replicas;
      });
    },
    boundAutoscaler: (input: BoundsInput) => {
      const { side, bounds } = input;
      this.fenced(`${side}-autoscaler`, input, `${bounds.min}-${bounds.max}`, () => {
        if (side === 'primary') this.cluster.autoscaler = bounds;
        const workload = this.cluster[side];
        if (this.cluster.gone.has(side)) return;
        workload.replicas = Math.min(Math.max(workload.replicas, bounds.min), bounds.max);
      });
      return { autoscaler: { name: side, ...bounds } };
    },
    route: (input: RouteInput) => this.writeRoute(input),
    upgradePrimary: (input: UpgradeInput) => {
      const { primary } = this.cluster;
      const sentence = `somebody else gave the primary ${primary.image}`;
      const known = [input.previous.image, input.revision.image].includes(unpinned(primary.image));
      const { route } = this.cluster;
      const upgraded = unpinned(primary.image) === input.revision.image;
      if (!upgraded && route.canary !== 100)
        return { kind: 'users', sentence: `the route gives the primary ${route.primary} %` };
      if (!known && input.over !== sentence) return { kind: 'drift', sentence };
      this.fenced('primary', input, `upgrade to ${input.revision.image}`, () => {
        primary.image = this.cluster.admitted(input.revision.image);
        primary.replicas = Math.max(primary.replicas, input.replicas);
      });
      return { kind: 'written' };
    },
    restorePrimary: (input: RestorePrimaryInput) => {
      this.fenced('primary', input, input.sizeOnly ? 'grow' : `restore ${input.previous.image}`, () => {
        const { primary } = this.cluster;
        if (!input.sizeOnly) primary.image = this.cluster.admitted(input.previous.image);
        primary.replicas = Math.max(primary.replicas, input.replicas ?? 0);
      });
    },
    raiseFence: (input: RaiseFenceInput) => {
      if (this.cluster.gone.has('primary')) return { touched: false };
      this.fenced('primary', input, 'raise the fence', () => undefined);
      return { touched: unpinned(this.cluster.primary.image) === input.revision.image };
    },
    scaleCanaryToZero: (input: FencedTarget) => {
      if (this.cluster.gone.has('canary')) return;
      const { canary, mirror } = this.cluster.route;
      if (canary > 0 || mirror > 0) throw new RefusedCall('a route leads to the canary');
      this.fenced('canary', input, 'scale to zero', () => {
        this.cluster.canary.replicas = 0;
      });
    },
    look: (input: LookInput) => worldSeen(this.cluster, input),
    awaitWorker: () => undefined,
    createDestinations: () => [],
    removeDestinations: () => [],
    askWindow: () => ({ open: true }),
    needsProof: () => false,
    verifyOffer: () => ({}),
    verifyActor: ({ action }: ProofInput) => proofOf(action),
    handOverNews: ({ view, ended }: News) => {
      const fresh = view.questions.filter(({ id }) => !this.asked.has(id));
      for (const { id } of fresh) this.asked.add(id);
      if (fresh.length > 0) this.notices.push({ topic: 'needs-you', rollout: view.rollout });
      if (ended) this.notices.push({ topic: 'ended', rollout: view.rollout, outcome: view.outcome?.kind });
    },
  };

  private writeRoute(input: RouteInput) {
    const { cluster } = this;
    const { intent, expected } = input;
    if (cluster.gone.has('route')) return { kind: 'missing', sentence: 'the route does not exist any more' };
    const ready = { primary: cluster.primary.ready, canary: cluster.canary.ready };
    const why = mayRoute(intent, cluster.route, ready, input.canary);
    if (why) return { kind: 'notReady', sentence: why };
    if (expected && !sameIntent(cluster.route, expected) && !sameIntent(cluster.route, intent))
      return { kind: 'drift', sentence: 'somebody else changed the route' };
    this.fenced('route', input, describeIntent(intent), () => {
      cluster.route = intent;
    });
    return { kind: 'written', at: new Date(this.agenda.now).toISOString() };
  }

  /** @returns nothing when it is refused for the same reason again */
  tryAgain({ object, name, input, reason }: WriteAgain) {
    try {
      const result = this.of[name]?.(input as never) as { kind?: string; sentence?: string } | undefined;
      const made = result?.kind === undefined || result.kind === 'written' || result.kind === 'missing';
      if (made) return { object, result: result ?? {} };
      return result.sentence === reason ? undefined : { object, reason: result.sentence };
    } catch (error) {
      const why = (error as Error).message;
      return why === reason ? undefined : { object, reason: why };
    }
  }
}

/** Not to be tried again. */
export class RefusedCall extends Error {
  readonly refusal?: FoundRefusal;

  constructor(message: string, refusal?: FoundRefusal) {
    super(message);
    this.refusal = refusal;
  }
}
