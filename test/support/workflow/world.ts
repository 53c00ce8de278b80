import { ApplicationFailure, CancelledFailure, Context } from '@temporalio/activity';
import type {
  AwaitChangeInput,
  Change,
  ClusterActivities,
  ControlActivities,
  FencedTarget,
  IntervalInput,
  ReadyResult,
  WaitActivities,
  WriteAgain,
} from '../../../src/contract/activities.ts';
import { compareFences, type Fence } from '../../../src/contract/fence.ts';
import type { RouteIntent } from '../../../src/contract/intent.ts';
import { mayRoute } from '../../../src/contract/may-route.ts';
import type { ClosedQuestion, NoticeView } from '../../../src/contract/notice.ts';
import type {
  CheckResult,
  IntervalComparison,
  IntervalResult,
  IntervalSlice,
  IntervalVerdict,
} from '../../../src/contract/verdict.ts';
import type { WindowAnswer } from '../../../src/contract/windows.ts';
import { holds, type World as Seen, type WaitCondition } from '../../../src/contract/world.ts';
import { initial } from '../../../src/judge/compare/index.ts';
import { proofOf } from '../proof.ts';

/** Enough for a cancel to arrive. */
const CANCEL_MS = 300;

export type Call = { name: string; seq?: number; detail?: string };

/** A recorded stand-in for the cluster: every branch of the workflow can be made to happen, and what it did can be read. */
export class FakeWorld {
  readonly calls: Call[] = [];
  readonly notices: { topic: string; view: NoticeView }[] = [];
  /** Questions that people were told to be closed. */
  readonly closed: ClosedQuestion[] = [];
  private readonly asked = new Set<string>();
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
  /** Calls that are refused for as long as they stand here, by name. */
  readonly refused = new Set<string>();
  /** Characters in each interval's result, to make a history long soon; slices hold one interval each then. */
  bulk = 0;
  /** Slices of intervals end after this time, ms. */
  sliceMs = Number.POSITIVE_INFINITY;
  /** An emergency needs a proof. */
  needsProof = false;
  /** How long a proof is looked at, ms. */
  slowProof = 0;
  acceptancePasses = true;
  loadPasses = true;
  /** Slices of a load test before the one that judges it. */
  loadSlices = 0;
  ready = new Map<string, ReadyResult[]>();
  hasAutoscaler = true;
  /** Ready pods of the primary; it has all of them once its size was restored. */
  primaryReady = 3;
  canaryReady = 3;
  /** Pods that the primary wants. */
  primarySize = 3;
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
  /** Of the objects that are there. */
  readonly uids: Record<'route' | 'primary', string> = { route: 'first', primary: 'first' };
  /** The canary was paused. */
  held = false;
  /** The canary is made first. */
  withoutCanary = false;
  private readonly fences = new Map<string, Fence>();

  names(): string[] {
    return this.calls.map(({ name, detail }) => (detail ? `${name} ${detail}` : name));
  }

  private async enter(name: string, detail?: string, target?: Partial<FencedTarget>): Promise<void> {
    this.calls.push({ name, detail, seq: target?.fence?.seq });
    const failure = this.failures.get(name)?.shift();
    if (failure) throw failure;
    if (this.refused.has(name)) throw ApplicationFailure.nonRetryable(`${name} is denied`);
    if (this.stuck.has(name) || this.stuck.has(`${name} ${detail}`)) await this.wait(name, detail);
  }

  /** As the object itself does: a write that comes after a newer one is refused. */
  private passFence(object: 'route' | 'primary', { plan, uids, fence: { epoch, seq } }: FencedTarget): void {
    const uid = this.uids[object];
    if (uids?.[object] !== undefined && uids[object] !== uid)
      throw ApplicationFailure.nonRetryable(`the ${object} is another one`, 'Recreated', { [object]: uid });
    const key = `${plan.name}/${object}`;
    const stored = this.fences.get(key);
    if (stored && compareFences({ epoch, seq }, stored) < 0)
      throw ApplicationFailure.nonRetryable(`the ${object} carries a newer write`, 'FenceRefused', stored);
    this.fences.set(key, { epoch, seq });
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
      showStatus: async ({ to }) => ({ told: to, refused: [], later: [], over: true }),
      awaitWorker: async () => this.enter('awaitWorker'),
      detect: async () => {
        await this.enter('detect');
        if (this.detection) return this.detection;
        this.epoch += 1;
        return {
          kind: 'new',
          clusterUid: 'uid',
          uids: { ...this.uids },
          ...(this.withoutCanary && { withoutCanary: true }),
          epoch: this.epoch,
          revision: { id: 'new0000001', image: 'reviews:v2', config: [] },
          previous: { id: 'old0000001', image: 'reviews:v1', config: [] },
          primaryReplicas: 3,
          autoscalers: this.hasAutoscaler ? { primary: { name: 'reviews', min: 2, max: 8 } } : {},
          routeFound: { rules: [{ index: 0, canary: true, weighted: true }] },
          warnings: [],
        };
      },
      createCanary: async (input) => {
        await this.enter('createCanary', undefined, input);
        return { 'Deployment demo/reviews-v2': 'made' };
      },
      scaleCanary: async (input) => {
        await this.enter('scaleCanary', `${input.replicas}${input.hold ? ' held' : ''}`, input);
        if (input.hold) this.held = true;
      },
      boundAutoscaler: async (input) => {
        await this.enter('boundAutoscaler', `${input.side} ${input.bounds.min}-${input.bounds.max}`, input);
        return { autoscaler: { name: `${input.side}-hpa`, ...input.bounds } };
      },
      route: async (input) => {
        const { primary, canary, mirror, affinity, match } = input.intent;
        const cookie = affinity ? ` ${affinity.phase} ${affinity.value}` : '';
        const matched = match ? ` match ${match.length}` : '';
        await this.enter('route', `${primary}/${canary}${mirror ? ` mirror ${mirror}` : ''}${matched}${cookie}`, input);
        this.passFence('route', input);
        const why = mayRoute(
          input.intent,
          this.route,
          { primary: this.primaryReady, canary: this.canaryReady },
          input.canary,
        );
        if (why) return { kind: 'notReady', sentence: why };
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
        this.passFence('primary', input);
        this.primary = 'new';
        return { kind: 'written' };
      },
      restorePrimary: async (input) => {
        await this.enter(input.sizeOnly ? 'growPrimary' : 'restorePrimary', undefined, input);
        this.passFence('primary', input);
        if (!input.sizeOnly) this.primary = 'old';
        this.primarySize = Math.max(this.primarySize, input.replicas ?? 0);
        this.primaryReady = this.growsTo ?? this.primarySize;
      },
      raiseFence: async (input) => {
        await this.enter('raiseFence', 'primary', input);
        this.passFence('primary', input);
        return { touched: this.primary === 'new' };
      },
      scaleCanaryToZero: async (input) => {
        await this.enter('scaleCanaryToZero', undefined, input);
        this.held = false;
      },
      createDestinations: async (input) => {
        await this.enter('createDestinations', undefined, input);
        return ['Service demo/reviews-canary'];
      },
      look: async () => this.seen(),
      removeDestinations: async (input) => {
        await this.enter('removeDestinations', undefined, input);
        return ['Service demo/reviews-canary'];
      },
    };
  }

  waits(): WaitActivities {
    return {
      awaitWorker: async () => this.enter('awaitWorker'),
      awaitReady: async (input) => {
        await this.enter('awaitReady', `${input.side} ${input.replicas}`);
        const scripted = this.ready.get(input.side)?.shift();
        // as if the time were over
        if (scripted?.ready === false) return { ...scripted, hopeless: true };
        const held = this.held && input.side === 'canary' && ({ held: true } as const);
        return scripted ?? { ready: true, replicas: input.replicas, podHash: 'abc', sentence: 'ready', ...held };
      },
      runAcceptance: async () => {
        await this.enter('runAcceptance');
        return { passed: this.acceptancePasses, sentence: this.acceptancePasses ? '1/1' : 'health: 500', details: [] };
      },
      runLoad: async (input) => {
        await this.enter('runLoad');
        const { seconds = 0 } = input.soFar ?? {};
        if (seconds < this.loadSlices)
          return { soFar: { seconds: seconds + 1, statuses: [], unanswered: 0, times: [] } };
        return { passed: this.loadPasses, sentence: this.loadPasses ? '100 %' : '70 %', details: [] };
      },
      checkInterval: async (input) => this.interval(input),
      observeAway: async () => {
        await this.enter('observeAway');
        return this.observation.shift() ?? { kind: 'away', sentence: 'away' };
      },
      awaitChange: async (input) => this.change(input),
    };
  }

  /** What the recorded calls have made of the cluster. */
  seen(): Seen {
    const { primary, primaryReady: ready, primarySize: wanted } = this;
    const canary = {
      uid: 'canary',
      template: 'new' as const,
      mixed: false,
      wanted: 3,
      ready: this.canaryReady,
      updated: 3,
    };
    return {
      routes: [{ name: 'VirtualService demo/reviews', intent: this.route, status: 'unknown' }],
      primary: {
        uid: 'primary',
        template: primary === 'new' ? 'new' : 'previous',
        mixed: false,
        wanted,
        ready,
        updated: ready,
      },
      canary,
    };
  }

  private async change({ until, again, check, forMs }: AwaitChangeInput): Promise<Change> {
    const what = [...until.map((condition) => describe(condition)), ...again.map(({ name }) => `again ${name}`)];
    if (what.length > 0) await this.enter('awaitChange', what.join(', '));
    const end = Date.now() + forMs;
    let interval: IntervalResult | undefined;
    let passes = 0;
    for (;;) {
      const met = until.some((condition) => holds(condition, this.seen()));
      const written = await this.tryAgain(again);
      if (
        met ||
        written.length > 0 ||
        Date.now() >= end ||
        (interval && (this.bulk > 0 || interval.verdict !== 'pass'))
      )
        return { world: this.seen(), written, refused: [], passes, ...(interval && { interval }) };
      if (check) {
        const slice = await this.interval({ ...check, ...(interval && { soFar: undefined }) });
        if (!('verdict' in slice))
          return { world: this.seen(), written, refused: [], passes, ...(interval && { interval }), ...slice };
        if (interval) passes += 1;
        interval = slice;
      } else {
        Context.current().heartbeat();
        if (Context.current().cancellationSignal.aborted) throw new CancelledFailure('wait cancelled');
        await Context.current().sleep(again.length > 0 ? 250 : 10);
      }
    }
  }

  private async tryAgain(again: readonly WriteAgain[]): Promise<Change['written']> {
    const written: Change['written'] = [];
    for (const { object, name, input } of again) {
      try {
        const write = this.cluster()[name] as (input: unknown) => Promise<unknown>;
        const result = (await write(input)) as { kind?: string } | undefined;
        if (result?.kind === undefined || result.kind === 'written') written.push({ object, result: result ?? {} });
      } catch {
        // refused again
      }
    }
    return written;
  }

  private async interval(input: IntervalInput): Promise<IntervalSlice> {
    await this.enter('checkInterval', input.stage);
    const watchedMs = input.soFar?.watchedMs ?? 0;
    const start = Date.now() - watchedMs;
    let drift: string | undefined;
    while (Date.now() - start < input.durationMs) {
      if (Date.now() - start >= watchedMs + this.sliceMs)
        return { soFar: { watchedMs: Date.now() - start, samples: { behind: {} } }, ticks: [] };
      Context.current().heartbeat();
      if (Context.current().cancellationSignal.aborted) throw new CancelledFailure('interval cancelled');
      drift = input.routes && this.foreignChange.shift();
      if (drift) break;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    const comparison = input.compare && this.comparison(input);
    const verdict = drift
      ? 'noAnswer'
      : (this.verdicts.shift() ?? (comparison?.verdict === 'abort' ? 'worse' : 'pass'));
    return {
      verdict,
      ...(comparison && { comparison }),
      ...(drift && { drift }),
      ...(input.plan.workload.source === 'canary' && !this.held && { resumed: true }),
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

  control(): Pick<ControlActivities, 'handOverNews' | 'verifyActor' | 'verifyOffer' | 'needsProof' | 'askWindow'> {
    return {
      askWindow: async ({ purpose }) => {
        await this.enter('askWindow', purpose);
        return this.windows.shift() ?? { open: true };
      },
      handOverNews: async ({ view, closed, ended }) => {
        const fresh = view.questions.filter(({ id }) => !this.asked.has(id));
        for (const { id } of fresh) this.asked.add(id);
        if (fresh.length > 0) this.notices.push({ topic: 'needs-you', view });
        if (ended) this.notices.push({ topic: 'ended', view });
        this.closed.push(...closed);
      },
      needsProof: async () => this.needsProof,
      verifyOffer: async () => ({}),
      verifyActor: async ({ action }) => {
        await Context.current().sleep(this.slowProof);
        return proofOf(action);
      },
    };
  }
}

function describe(condition: WaitCondition): string {
  if ('routes' in condition) return 'routes';
  return 'below' in condition ? `${condition.side} <${condition.below}` : `${condition.side} ${condition.atLeast}`;
}

function bulky(characters: number): CheckResult {
  return { name: 'bulk', verdict: 'pass', limit: 99, unit: '%', requests: 100, sentence: 'x'.repeat(characters) };
}
