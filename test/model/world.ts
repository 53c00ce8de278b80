/** The activities of a rollout as they look from the workflow, on a model of a cluster, with every way in which a call can go wrong. */

import type { Action } from '../../src/contract/action.ts';
import type {
  AwaitReadyInput,
  BoundsInput,
  DetectInput,
  FencedTarget,
  IntervalInput,
  RaiseFenceInput,
  RestorePrimaryInput,
  RouteInput,
  ScaleInput,
  Side,
  UpgradeInput,
  WatchRoutesInput,
  WriteObject,
} from '../../src/contract/activities.ts';
import { describeIntent, sameIntent } from '../../src/contract/intent.ts';
import type { IntervalResult, IntervalVerdict } from '../../src/contract/verdict.ts';
import type { RolloutView } from '../../src/contract/view.ts';
import type { Clock } from './agenda.ts';
import { Cluster, unpinned, type Workload } from './cluster.ts';
import { Detections } from './detections.ts';
import type { Attempt, DrivenWorld } from './driver.ts';

/** What becomes of one attempt of a quick call. `late`: the worker freezes before the effect and makes it when it wakes up. */
export type Fate = 'fine' | 'fails before' | 'fails after' | 'lost after' | 'late' | 'twice';

/** An interval with its verdict, for the invariants. */
export interface JudgedInterval {
  at: number;
  epoch: number;
  stage: string;
  verdict: IntervalVerdict;
}

export interface Notice {
  topic: string;
  rollout?: string;
  outcome?: string;
}

const POLL_MS = 500;
const TICK_MS = 1_000;

export class ModelWorld implements DrivenWorld {
  readonly cluster = new Cluster();
  readonly intervals: JudgedInterval[] = [];
  readonly notices: Notice[] = [];
  /** Fences in the order in which the workflow took them. */
  readonly taken: { epoch: number; seq: number }[] = [];
  /** Views with which rollouts ended, as people are told. */
  readonly ended: RolloutView[] = [];
  readonly detections = new Detections(this.cluster);

  private readonly agenda: Clock;
  private readonly fate: (name: string) => Fate;
  private readonly delay: () => number;

  constructor(agenda: Clock, fate: (name: string) => Fate, delay: () => number) {
    this.agenda = agenda;
    this.fate = fate;
    this.delay = delay;
    const tick = () => {
      this.cluster.tick();
      agenda.in(TICK_MS, tick);
    };
    agenda.in(TICK_MS, tick);
  }

  attempt(attempt: Attempt): void {
    const wait = this.waits[attempt.name];
    if (wait) wait(attempt);
    else this.begin(attempt);
  }

  private begin(attempt: Attempt): void {
    const { epoch } = this.cluster;
    if (attempt.attempt === 1 && fenceOf(attempt)) this.taken.push(fenceOf(attempt) as { epoch: number; seq: number });
    this.noteEnd(attempt);
    const quick = this.quick[attempt.name];
    if (!quick) throw new Error(`the model has no activity ${attempt.name}`);
    this.carryOut(attempt, () => {
      if (attempt.name === 'detect') this.allowed('primary');
      // The allocation is guarded by the version of the primary that was read.
      if (attempt.name === 'detect' && this.cluster.epoch !== epoch && !this.detections.has(runOf(attempt)))
        throw new Error('409: the primary was changed meanwhile');
      return quick(attempt.input as never);
    });
  }

  private noteEnd({ name, input, attempt }: Attempt): void {
    const { topic, view } = input as { topic?: string; view: RolloutView };
    if (name === 'notify' && topic === 'ended' && attempt === 1) this.ended.push(view);
  }

  private carryOut(attempt: Attempt, effect: () => unknown): void {
    const fate = this.fate(attempt.name);
    const run = (done: (result: unknown) => void) => {
      try {
        done(effect());
      } catch (error) {
        attempt.fail((error as Error).message, !(error instanceof Refused));
      }
    };
    const fates: Record<Fate, () => void> = {
      fine: () => run((result) => attempt.complete(result)),
      twice: () => run(() => run((result) => attempt.complete(result))),
      'fails before': () => attempt.fail('503: the API server is not available'),
      'fails after': () => run(() => attempt.fail('the connection was cut')),
      'lost after': () => run(() => attempt.lose()),
      late: () => {
        attempt.lose();
        this.agenda.in(15_000 + 10 * this.delay(), () => run(() => undefined));
      },
    };
    this.agenda.in(this.delay(), fates[fate]);
  }

  /** @throws Error as the API server answers: a conflict may be over soon, the others are not tried again by Temporal */
  private allowed(object: WriteObject): void {
    const status = this.cluster.refuses(object);
    if (status === 409) throw new Error(`409: the ${object} was changed meanwhile`);
    if (status) throw new Refused(`${status}: the ${object} cannot be written`);
  }

  private fenced(object: WriteObject, input: FencedTarget, what: string, apply: () => void): void {
    this.allowed(object);
    if (!this.cluster.write(this.agenda.now, object, input.fence, what, apply))
      throw new Refused(`the ${object} carries a newer write`);
  }

  private readonly quick: Record<string, (input: never) => unknown> = {
    detect: (input: DetectInput) => this.detections.detect(input),
    scaleCanary: (input: ScaleInput) => {
      if (input.template) this.cluster.create('canary');
      this.fenced('canary', input, `scale to ${input.replicas}`, () => {
        if (input.template) this.cluster.canary.image = this.cluster.admitted(input.revision.image);
        this.cluster.canary.replicas = input.replicas;
      });
    },
    boundAutoscaler: (input: BoundsInput) => {
      const { side, bounds } = input;
      this.fenced(`${side}-autoscaler`, input, `${bounds.min}-${bounds.max}`, () => {
        if (side === 'primary') this.cluster.autoscaler = bounds;
        const workload = this.side(side);
        workload.replicas = Math.min(Math.max(workload.replicas, bounds.min), bounds.max);
      });
      return { autoscaler: { name: side, ...bounds } };
    },
    route: (input: RouteInput) => this.writeRoute(input),
    upgradePrimary: (input: UpgradeInput) => {
      const { primary } = this.cluster;
      if (![input.previous.image, input.revision.image].includes(primary.image))
        return { kind: 'drift', sentence: 'somebody else changed the primary' };
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
      return { raised: false };
    },
    raiseFence: (input: RaiseFenceInput) => {
      if (this.cluster.gone.has(input.object)) return { touched: false };
      this.fenced(input.object, input, 'raise the fence', () => undefined);
      return { touched: unpinned(this.cluster.primary.image) === input.revision.image };
    },
    scaleCanaryToZero: (input: FencedTarget) => {
      if (this.cluster.gone.has('canary')) return;
      this.fenced('canary', input, 'scale to zero', () => {
        this.cluster.canary.replicas = 0;
      });
    },
    createDestinations: () => [],
    removeDestinations: () => [],
    askWindow: () => ({ open: true }),
    verifyActor: (action: Action) => action.actor.statement === 'good',
    notify: ({ view, topic }: { view: RolloutView; topic: string }) => {
      this.notices.push({ topic, rollout: view.rollout, outcome: view.outcome?.kind });
      return { sent: ['team@example.com'], failed: [] };
    },
  };

  private writeRoute(input: RouteInput) {
    const { cluster } = this;
    const { intent, expected, force, requireReady, requireReplicas = 1 } = input;
    if (cluster.gone.has('route')) return { kind: 'missing', sentence: 'the route does not exist any more' };
    if (requireReady && this.side(requireReady).ready < requireReplicas)
      return { kind: 'notReady', sentence: `the ${requireReady} has ${this.side(requireReady).ready} ready pods` };
    if (expected && !force && !sameIntent(cluster.route, expected) && !sameIntent(cluster.route, intent))
      return { kind: 'drift', sentence: 'somebody else changed the route' };
    this.fenced('route', input, describeIntent(intent), () => {
      cluster.route = intent;
    });
    return { kind: 'written', at: new Date(this.agenda.now).toISOString() };
  }

  private readonly waits: Record<string, (attempt: Attempt) => void> = {
    awaitReady: (attempt) => this.awaitReady(attempt, attempt.input as AwaitReadyInput),
    checkInterval: (attempt) => this.interval(attempt, attempt.input as IntervalInput),
    observeAway: (attempt) => this.carryOut(attempt, () => this.away()),
    runAcceptance: (attempt) => this.carryOut(attempt, () => this.test()),
    runLoad: (attempt) => this.carryOut(attempt, () => this.test()),
    watchRoutes: (attempt) => this.watch(attempt, attempt.input as WatchRoutesInput),
  };

  private away() {
    const { canary, mirror } = this.cluster.route;
    return canary === 0 && mirror === 0
      ? { kind: 'away', sentence: 'nothing is routed to the canary' }
      : { kind: 'stillRouted', sentence: 'requests are still routed to the canary' };
  }

  private test() {
    const passed = !this.cluster.bad.has(this.cluster.canary.image);
    return { passed, sentence: passed ? 'all right' : '500', details: [] };
  }

  private awaitReady(attempt: Attempt, { side, revision, replicas, timeoutMs, stableMs }: AwaitReadyInput): void {
    const end = this.agenda.now + timeoutMs;
    let since: number | undefined;
    const look = () => {
      if (attempt.abandoned) return;
      const updated = this.side(side).pods.get(revision.image) ?? 0;
      const { now } = this.agenda;
      since = updated >= replicas ? (since ?? now) : undefined;
      const result = { replicas: updated, podHash: 'hash', sentence: `${updated} of ${replicas} pods are ready` };
      if (since !== undefined && now - since >= stableMs) attempt.complete({ ready: true, ...result });
      else if (now >= end) attempt.complete({ ready: false, ...result });
      else this.agenda.in(POLL_MS, look);
    };
    if (this.fate('awaitReady') === 'lost after') attempt.lose();
    else look();
  }

  private interval(attempt: Attempt, { stage, durationMs, epoch, intent }: IntervalInput): void {
    let lost = false;
    const watch = () => {
      if (attempt.abandoned) return;
      lost ||= this.cluster.canary.ready === 0 && this.cluster.route.canary > 0;
      if (lost || this.agenda.now >= end) judge();
      else this.agenda.in(POLL_MS, watch);
    };
    const judge = () => {
      if (this.cluster.unreadable) return attempt.fail('the metrics cannot be parsed', false);
      const verdict = this.verdict(lost, stage, intent);
      const at = new Date(this.agenda.now).toISOString();
      const name = stage === 'mirror' ? 'mirror' : `${this.cluster.route.canary} %`;
      this.intervals.push({ at: this.agenda.now, epoch, stage: name, verdict });
      const result: IntervalResult = {
        verdict,
        checks: [],
        from: at,
        to: at,
        requests: verdict === 'noAnswer' ? 0 : 100,
        canaryReady: this.cluster.canary.ready,
        sentence: `the interval said ${verdict}`,
      };
      attempt.complete(result);
    };
    const end = this.agenda.now + durationMs;
    if (this.fate('checkInterval') === 'lost after') attempt.lose();
    else watch();
  }

  private verdict(lost: boolean, stage: IntervalInput['stage'], intent: IntervalInput['intent']): IntervalVerdict {
    const { cluster } = this;
    if (lost) return 'canaryLost';
    if (!cluster.metrics) return 'noAnswer';
    if (intent && !sameIntent(intent, cluster.route)) return 'noAnswer';
    if (stage === 'live' && cluster.route.canary === 0) return 'noAnswer';
    return cluster.bad.has(cluster.canary.image) ? 'fail' : 'pass';
  }

  private watch(attempt: Attempt, { expected, seq, epoch }: WatchRoutesInput): void {
    let known = expected;
    const look = () => {
      if (attempt.abandoned) return;
      const fence = this.cluster.fences.get('route');
      const last = this.cluster.events.findLast(({ object }) => object === 'route');
      if (last?.by === 'sluice' && fence && fence.epoch === epoch && fence.seq > seq) known = this.cluster.route;
      const changed = last?.by === 'world' && !sameIntent(known, this.cluster.route);
      if (changed) attempt.complete({ sentence: 'somebody else changed the route' });
      else this.agenda.in(POLL_MS, look);
    };
    look();
  }

  private side(side: Side): Workload {
    return this.cluster[side];
  }
}

/** Not to be tried again. */
class Refused extends Error {}

function runOf({ input }: Attempt): string {
  return (input as DetectInput).run;
}

function fenceOf({ input }: Attempt): { epoch: number; seq: number } | undefined {
  return (input as Partial<FencedTarget>)?.fence;
}
