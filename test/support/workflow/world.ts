import { ApplicationFailure, CancelledFailure, Context } from '@temporalio/activity';
import type {
  ClusterActivities,
  ControlActivities,
  FencedTarget,
  IntervalInput,
  ReadyResult,
  WaitActivities,
} from '../../../src/contract/activities.ts';
import { compareFences, type Fence } from '../../../src/contract/fence.ts';
import type { RouteIntent } from '../../../src/contract/intent.ts';
import type {
  CheckResult,
  IntervalComparison,
  IntervalResult,
  IntervalVerdict,
} from '../../../src/contract/verdict.ts';
import type { RolloutView } from '../../../src/contract/view.ts';
import type { WindowAnswer } from '../../../src/contract/windows.ts';
import { initial } from '../../../src/judge/compare/index.ts';

/** Enough for a cancel to arrive. */
const CANCEL_MS = 300;

export type Call = { name: string; seq?: number; detail?: string };

/** A recorded stand-in for the cluster: every branch of the workflow can be made to happen, and what it did can be read. */
export class World {
  readonly calls: Call[] = [];
  readonly notices: { topic: string; view: RolloutView }[] = [];
  route: RouteIntent = { primary: 100, canary: 0, mirror: 0 };
  primary: 'old' | 'new' = 'old';
  /** Verdicts to hand out, first to last; afterwards every interval passes. */
  verdicts: IntervalVerdict[] = [];
  /** How the comparison stands after each interval that compares, first to last; afterwards health is proven. */
  comparisons: Partial<IntervalComparison>[] = [];
  /** What intervals were given to compare with, in order. */
  readonly compared: IntervalInput['compare'][] = [];
  /** What the plan's hours say, first to last; afterwards they are open. */
  windows: WindowAnswer[] = [];
  /** Calls that do not return until they are cancelled or released, by name. */
  readonly stuck = new Set<string>();
  /** Failures to throw once per entry, by name. */
  readonly failures = new Map<string, ApplicationFailure[]>();
  /** Characters in each interval's result, to make a history long soon. */
  bulk = 0;
  /** How long a proof is looked at, ms. */
  slowProof = 0;
  acceptancePasses = true;
  loadPasses = true;
  ready = new Map<string, ReadyResult[]>();
  hasAutoscaler = true;
  /** The primary had shrunk, so its HPA's minimum was raised when it was written. */
  raised = false;
  /** Ready pods of the primary; it has all of them once its size was restored. */
  primaryReady = 3;
  /** Ready pods of the primary once it was asked to grow; absent: all. */
  growsTo: number | undefined;
  detection?: Awaited<ReturnType<ClusterActivities['detect']>>;
  /** What somebody else made of the route, until a write overwrites it. */
  drift: string[] = [];
  /** Writes of the route that are changed on their way, one sentence each. */
  notTaken: string[] = [];
  /** What the watch of the routes sees next. */
  foreignChange: string[] = [];
  observation: Awaited<ReturnType<WaitActivities['observeAway']>>[] = [];
  epoch = 0;
  private primaryFence: Fence | undefined;

  names(): string[] {
    return this.calls.map(({ name, detail }) => (detail ? `${name} ${detail}` : name));
  }

  private async enter(name: string, detail?: string, target?: Partial<FencedTarget>): Promise<void> {
    this.calls.push({ name, detail, seq: target?.fence?.seq });
    const failure = this.failures.get(name)?.shift();
    if (failure) throw failure;
    if (this.stuck.has(name) || this.stuck.has(`${name} ${detail}`)) await this.wait(name, detail);
  }

  /** As the primary itself does: a write that comes after a newer one is refused. */
  private passFence({ fence: { epoch, seq } }: FencedTarget): void {
    if (this.primaryFence && compareFences({ epoch, seq }, this.primaryFence) < 0)
      throw ApplicationFailure.nonRetryable('the primary carries a newer write', 'FenceRefused');
    this.primaryFence = { epoch, seq };
  }

  private async wait(name: string, detail?: string): Promise<void> {
    while (this.stuck.has(name) || this.stuck.has(`${name} ${detail}`)) {
      Context.current().heartbeat();
      await Context.current().sleep(20);
    }
    // Released and cancelled at once: the cancel comes with a heartbeat, and what was cancelled takes no verdict.
    Context.current().heartbeat();
    await Context.current().sleep(CANCEL_MS);
  }

  cluster(): ClusterActivities {
    return {
      detect: async () => {
        await this.enter('detect');
        if (this.detection) return this.detection;
        this.epoch += 1;
        return {
          kind: 'new',
          epoch: this.epoch,
          revision: { id: 'new0000001', image: 'reviews:v2', config: [] },
          previous: { id: 'old0000001', image: 'reviews:v1', config: [] },
          primaryReplicas: 3,
          autoscalers: this.hasAutoscaler ? { primary: { name: 'reviews', min: 2, max: 8 } } : {},
          routeFound: { rules: [{ index: 0, canary: true, weighted: true }] },
          warnings: [],
        };
      },
      scaleCanary: async (input) => this.enter('scaleCanary', String(input.replicas), input),
      boundAutoscaler: async (input) => {
        await this.enter('boundAutoscaler', `${input.side} ${input.bounds.min}-${input.bounds.max}`, input);
        return { autoscaler: { name: `${input.side}-hpa`, ...input.bounds } };
      },
      route: async (input) => {
        const { primary, canary, mirror, affinity } = input.intent;
        const cookie = affinity ? ` ${affinity.phase} ${affinity.value}` : '';
        await this.enter('route', `${primary}/${canary}${mirror ? ` mirror ${mirror}` : ''}${cookie}`, input);
        if (input.requireReady === 'primary' && this.primaryReady < (input.requireReplicas ?? 1))
          return { kind: 'notReady', sentence: `${this.primaryReady} ready pods` };
        const [drift] = this.drift;
        if (drift && input.expected) return { kind: 'drift', sentence: drift };
        this.drift.shift();
        this.route = input.intent;
        const notTaken = input.intent.canary > 0 ? this.notTaken.shift() : undefined;
        if (notTaken) return { kind: 'notTaken', sentence: notTaken };
        return { kind: 'written', at: '2026-11-21T12:00:00.000Z' };
      },
      upgradePrimary: async (input) => {
        await this.enter('upgradePrimary', String(input.replicas), input);
        this.passFence(input);
        this.primary = 'new';
        return { kind: 'written', raised: this.raised };
      },
      restorePrimary: async (input) => {
        await this.enter(input.sizeOnly ? 'growPrimary' : 'restorePrimary', undefined, input);
        this.passFence(input);
        if (!input.sizeOnly) this.primary = 'old';
        this.primaryReady = this.growsTo ?? input.replicas ?? this.primaryReady;
        return { raised: this.raised };
      },
      raiseFence: async (input) => {
        await this.enter('raiseFence', input.object, input);
        if (input.object === 'primary') this.passFence(input);
        return { touched: this.primary === 'new' };
      },
      scaleCanaryToZero: async (input) => this.enter('scaleCanaryToZero', undefined, input),
      createDestinations: async (input) => {
        await this.enter('createDestinations', undefined, input);
        return ['Service demo/reviews-canary'];
      },
      removeDestinations: async (input) => {
        await this.enter('removeDestinations', undefined, input);
        return ['Service demo/reviews-canary'];
      },
    };
  }

  waits(): WaitActivities {
    return {
      awaitReady: async (input) => {
        await this.enter('awaitReady', `${input.side} ${input.replicas}`);
        const scripted = this.ready.get(input.side)?.shift();
        return scripted ?? { ready: true, replicas: input.replicas, podHash: 'abc', sentence: 'ready' };
      },
      runAcceptance: async () => {
        await this.enter('runAcceptance');
        return { passed: this.acceptancePasses, sentence: this.acceptancePasses ? '1/1' : 'health: 500', details: [] };
      },
      runLoad: async () => {
        await this.enter('runLoad');
        return { passed: this.loadPasses, sentence: this.loadPasses ? '100 %' : '70 %', details: [] };
      },
      checkInterval: async (input) => this.interval(input),
      observeAway: async () => {
        await this.enter('observeAway');
        return this.observation.shift() ?? { kind: 'away', sentence: 'away' };
      },
      watchRoutes: async () => {
        for (;;) {
          const sentence = this.foreignChange.shift();
          if (sentence) return { sentence };
          Context.current().heartbeat();
          await Context.current().sleep(10);
        }
      },
    };
  }

  private async interval(input: IntervalInput): Promise<IntervalResult> {
    await this.enter('checkInterval', input.stage);
    const start = Date.now();
    while (Date.now() - start < input.durationMs) {
      Context.current().heartbeat();
      if (Context.current().cancellationSignal.aborted) throw new CancelledFailure('interval cancelled');
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    const comparison = input.compare && this.comparison(input);
    const verdict = this.verdicts.shift() ?? (comparison?.verdict === 'abort' ? 'worse' : 'pass');
    return {
      verdict,
      ...(comparison && { comparison }),
      checks: this.bulk ? [bulky(this.bulk)] : [],
      from: '2026-11-21T12:00:00.000Z',
      to: '2026-11-21T12:00:01.000Z',
      requests: 100,
      canaryReady: verdict === 'canaryLost' ? 0 : 1,
      sentence: `the interval said ${verdict}`,
    };
  }

  private comparison({ compare, intent }: IntervalInput): IntervalComparison {
    this.compared.push(compare);
    return {
      verdict: 'pass',
      reason: 'healthy',
      sentence: 'the evidence is what it is',
      lnAbort: 0,
      lnAbortAt: 4.6,
      lnPass: 3,
      lnPassAt: 3,
      frozen: (intent?.canary ?? 0) > 75,
      mayAdvance: false,
      judge: initial({}, { weight: intent?.canary }),
      ticks: [
        { at: '2026-11-21T12:00:01.000Z', canary: { requests: 10, errors: 1 }, primary: null, lnAbort: 0, lnPass: 3 },
      ],
      ...this.comparisons.shift(),
    };
  }

  control(): Pick<ControlActivities, 'notify' | 'verifyActor' | 'askWindow'> {
    return {
      askWindow: async ({ purpose }) => {
        await this.enter('askWindow', purpose);
        return this.windows.shift() ?? { open: true };
      },
      notify: async ({ topic, view }) => {
        this.notices.push({ topic, view });
        return { sent: ['team@example.com'], failed: [] };
      },
      verifyActor: async (action) => {
        await Context.current().sleep(this.slowProof);
        return action.actor.statement === 'good';
      },
    };
  }
}

function bulky(characters: number): CheckResult {
  return { name: 'bulk', verdict: 'pass', limit: 99, unit: '%', requests: 100, sentence: 'x'.repeat(characters) };
}
