import { ApplicationFailure, Context } from '@temporalio/activity';
import type {
  ClusterActivities,
  FencedTarget,
  IntervalInput,
  ReadyResult,
  WaitActivities,
} from '../../../src/contract/activities.ts';
import { compareFences, type Fence } from '../../../src/contract/fence.ts';
import type { RouteIntent } from '../../../src/contract/intent.ts';
import type { ClosedQuestion, NoticeView } from '../../../src/contract/notice.ts';
import type { IntervalComparison, IntervalVerdict } from '../../../src/contract/verdict.ts';
import type { WindowAnswer } from '../../../src/contract/windows.ts';
import type { World as Seen } from '../../../src/contract/world.ts';

/** Enough for a cancel to arrive. */
const CANCEL_MS = 300;

type Call = { name: string; seq?: number; detail?: string };

/** What can be made to happen to calls, what was called, and what it has made of the cluster. */
export class ScriptedWorld {
  readonly calls: Call[] = [];
  readonly notices: { topic: string; view: NoticeView }[] = [];
  /** Questions that people were told to be closed. */
  readonly closed: ClosedQuestion[] = [];
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

  /** Begins a call: records it, and lets happen what is said of it. */
  async enter(name: string, detail?: string, target?: Partial<FencedTarget>): Promise<void> {
    this.calls.push({ name, detail, seq: target?.fence?.seq });
    const failure = this.failures.get(name)?.shift();
    if (failure) throw failure;
    if (this.refused.has(name)) throw ApplicationFailure.nonRetryable(`${name} is denied`);
    if (this.stuck.has(name) || this.stuck.has(`${name} ${detail}`)) await this.wait(name, detail);
  }

  /** As the object itself does: a write that comes after a newer one is refused. */
  passFence(object: 'route' | 'primary', { plan, uids, fence: { epoch, seq } }: FencedTarget): void {
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
}
