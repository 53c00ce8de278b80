import type { Uids } from '../../src/contract/detected.ts';
import type { WriteObject } from '../../src/contract/fence.ts';
/** The invariants of the product, held against a cluster event by event and against a whole run at its end. */
import { isAtRest } from '../../src/contract/intent.ts';
import type { NoticeView } from '../../src/contract/notice.ts';
import { isFinished } from '../../src/contract/view.ts';
import { type Cluster, type ClusterEvent, unpinned } from './cluster.ts';
import type { Told } from './effects.ts';
import type { JudgedInterval } from './intervals.ts';

export interface Violation {
  invariant: 'I1' | 'I2' | 'I3' | 'I4' | 'I5' | 'I6' | 'I7' | 'I8' | 'I9' | 'I14' | 'I16';
  what: string;
  at?: number;
}

/** What the workflow asked for and what people were answered, beside the cluster. */
export interface ModelFacts {
  intervals: readonly JudgedInterval[];
  notices: readonly Told[];
  taken: readonly { epoch: number; seq: number; what: string }[];
  /** Epochs in which a person skipped weights. */
  jumped: ReadonlySet<number>;
  /** `<epoch> <object>` that a person leaves as it is. */
  left: ReadonlySet<string>;
  /** Images that each epoch brings. */
  revisions: ReadonlyMap<number, string>;
  previous: ReadonlyMap<number, string>;
  /** Replicas that each epoch has found the primary with. */
  sizes: ReadonlyMap<number, number>;
  /** Uids of the objects that each epoch has found. */
  uids: ReadonlyMap<number, Uids>;
  /** When people took an object that was made anew, or had theirs written over another's. */
  adopted: readonly number[];
}

/** Where users are that should not be there for long. */
export type Stranded = 'a dead canary' | 'a failing canary' | 'a dead primary';

/** A decision about a side that is dead takes this long to be written, ms. */
const DEAD_MS = 5_000;

export class Invariants {
  readonly violations: Violation[] = [];
  private unservedSince?: number;
  /** When the primary, and the canary, last had no ready pod. */
  private deadAt = Number.NEGATIVE_INFINITY;
  private canaryDeadAt = Number.NEGATIVE_INFINITY;
  private strandedMs = 0;

  private readonly cluster: Cluster;
  private readonly facts: ModelFacts;
  private readonly weights: readonly number[];
  private readonly unservedMs: number;

  /**
   * @param weights of the plan
   * @param unservedMs how long users may be without a ready pod when pods died and the other side has some
   */
  constructor(cluster: Cluster, facts: ModelFacts, weights: readonly number[], unservedMs: number) {
    this.cluster = cluster;
    this.facts = facts;
    this.weights = weights;
    this.unservedMs = unservedMs;
  }

  /** After each event of the cluster, before anything else happens to it. */
  look(event: ClusterEvent): void {
    if (event.by === 'sluice') this.written(event);
  }

  private broken(invariant: Violation['invariant'], what: string, at?: number): void {
    this.violations.push({ invariant, what, at });
  }

  private written(event: ClusterEvent): void {
    this.same(event);
    if (event.object === 'route') this.routed(event);
    if (event.object === 'canary' && event.what === 'scale to zero') this.emptied(event);
    if (event.object === 'primary' && event.what.startsWith('upgrade')) this.upgraded(event);
  }

  /** I16: whatever was made anew gets nothing but what is on the way to rest, until a person takes it. */
  private same({ at, object, what, fence, before }: ClusterEvent): void {
    const { uids, events, route } = this.cluster;
    const forward = object === 'route' ? route.canary > (before?.canary ?? 0) : /^(upgrade|scale to \d)/.test(what);
    const found = this.facts.uids.get(fence?.epoch ?? 0)?.[object];
    if (!forward || found === undefined || found === uids[object]) return;
    // users of a dead primary go where somebody serves them
    if (object === 'route' && at - this.deadAt < DEAD_MS) return;
    const anew = events.findLast((event) => event.object === object && event.what === 'created again')?.at ?? 0;
    if (!this.facts.adopted.some((when) => when >= anew)) this.broken('I16', `${what} on another ${object}`, at);
  }

  private routed({ at, before, fence, what }: ClusterEvent): void {
    const { route, primary, canary } = this.cluster;
    const epoch = fence?.epoch ?? 0;
    if (route.primary + route.canary !== 100) this.broken('I2', what, at);
    if (!before) return;
    if (route.primary > before.primary && primary.ready === 0 && canary.ready > 0)
      this.broken('I1', `users go to a primary without ready pods: ${what}`, at);
    const grows = route.canary > before.canary || route.mirror > before.mirror;
    if (grows && canary.ready === 0) this.broken('I1', `the canary gets traffic without ready pods: ${what}`, at);
    if (route.primary > before.primary) this.returned(at, epoch, what);
    if (route.canary > before.canary) this.advanced(at, epoch, route.canary);
  }

  /** I4: a primary that was touched is whole before it gets users, unless the canary has to be left. */
  private returned(at: number, epoch: number, what: string): void {
    const { primary } = this.cluster;
    const touched = this.cluster.events.some(
      ({ object, fence, what: done }) => object === 'primary' && fence?.epoch === epoch && done.startsWith('upgrade'),
    );
    const verdict = this.facts.intervals.findLast((interval) => interval.epoch === epoch)?.verdict;
    const dead = at - this.canaryDeadAt < DEAD_MS;
    const mustLeave = dead || verdict === 'fail' || verdict === 'worse' || verdict === 'canaryLost';
    const whole = primary.updated >= Math.min(3, primary.replicas);
    if (touched && !whole && !mustLeave)
      this.broken('I4', `${what} with ${primary.updated} of ${primary.replicas} pods of ${primary.image}`, at);
  }

  /** I9: every planned weight below has a passed interval, unless a person jumped. */
  private advanced(at: number, epoch: number, weight: number): void {
    // users of a dead primary go where somebody serves them (order rule 12)
    if (this.facts.jumped.has(epoch) || at - this.deadAt < DEAD_MS) return;
    const passed = new Set(
      this.facts.intervals
        .filter((interval) => interval.epoch === epoch && interval.verdict === 'pass')
        .map(({ stage }) => stage),
    );
    for (const lower of this.weights.filter((planned) => planned < weight)) {
      if (!passed.has(`${lower} %`)) this.broken('I9', `${weight} % without a passed interval at ${lower} %`, at);
    }
  }

  /** I9: slices of one interval are all about the same traffic. */
  judged({ at, stage, mixed }: JudgedInterval): void {
    if (mixed) this.broken('I9', `an interval at ${stage} went on from before another write of the routes`, at);
  }

  private emptied({ at }: ClusterEvent): void {
    const { route } = this.cluster;
    if (route.canary > 0 || route.mirror > 0) this.broken('I3', 'the canary goes to zero while it has traffic', at);
  }

  private upgraded({ at, what }: ClusterEvent): void {
    const { route, canary } = this.cluster;
    if (route.canary !== 100) this.broken('I4', `${what} while the primary has ${route.primary} % of the users`, at);
    if (canary.ready === 0 && route.primary > 0) this.broken('I1', `${what} without a canary`, at);
  }

  /** After each thing that happened, an event or time that passed. */
  served(now: number): void {
    const { route, primary, canary } = this.cluster;
    if (primary.ready === 0) this.deadAt = now;
    if (canary.ready === 0) this.canaryDeadAt = now;
    // nobody could move them
    const stuck = this.cluster.refuses('route') !== undefined;
    const unserved =
      !stuck &&
      ((route.canary > 0 && canary.ready === 0 && primary.ready > 0 && primary.settled) ||
        (route.primary > 0 && primary.ready === 0 && canary.ready > 0 && route.canary > 0));
    if (!unserved) this.unservedSince = undefined;
    else this.unservedSince ??= now;
    if (this.unservedSince !== undefined && now - this.unservedSince > this.unservedMs) {
      const { primary: p, canary: c } = route;
      this.broken('I1', `users without an answer for ${(now - this.unservedSince) / 1000} s at ${p}/${c}`, now);
      this.unservedSince = Number.POSITIVE_INFINITY;
    }
  }

  /** Where users are badly off, though a write of the route would be taken and the other side could carry them. */
  stranded(): Stranded | undefined {
    const { route, primary, canary, bad } = this.cluster;
    if (this.cluster.refuses('route') !== undefined || this.facts.left.has(`${this.cluster.epoch} route`))
      return undefined;
    if (route.canary > 0 && canary.ready === 0 && primary.ready > 0) return 'a dead canary';
    if (route.canary > 0 && bad.has(unpinned(canary.image)) && primary.ready > 0) return 'a failing canary';
    // a primary that is gone had a size too
    const size = this.facts.sizes.get(this.cluster.epoch) ?? 1;
    const carries = canary.ready >= Math.max(size, primary.replicas) && this.hasPassedLive();
    return route.primary > 0 && primary.ready === 0 && carries ? 'a dead primary' : undefined;
  }

  /** @param ms that have passed; undefined: they are not, or nobody is asked  @param limitMs how long they may be */
  strandedFor(ms: number | undefined, limitMs: number, now: number, where?: Stranded): void {
    const before = this.strandedMs;
    this.strandedMs = ms === undefined ? 0 : before + ms;
    if (before <= limitMs && this.strandedMs > limitMs)
      this.broken('I1', `users stay on ${where} while people are asked or users return`, now);
  }

  private hasPassedLive(): boolean {
    const { epoch } = this.cluster;
    return this.facts.intervals.some(
      (interval) => interval.epoch === epoch && interval.verdict === 'pass' && interval.stage !== 'mirror',
    );
  }

  /** When a run is over. */
  ended(view: NoticeView): void {
    const { cluster } = this;
    const { outcome, rollout } = view;
    if (!outcome || !rollout) return;
    const epoch = Number(rollout.split('-').at(-1));
    const left = (object: WriteObject) => this.facts.left.has(`${epoch} ${object}`);
    // a primary that is left and dead leaves users with the canary
    const stays = left('route') || left('primary');
    if (!stays && !this.isForeign('route') && !isAtRest(cluster.route))
      this.broken('I3', `${outcome.kind} with the route not at rest`);
    if (cluster.canary.replicas > 0 && !left('canary') && !stays)
      this.broken('I3', `${outcome.kind} with ${cluster.canary.replicas} canary replicas`);
    const wanted = outcome.kind === 'promoted' ? this.facts.revisions : this.facts.previous;
    const image = wanted.get(epoch);
    if (
      image &&
      !left('primary') &&
      image !== unpinned(cluster.primary.image) &&
      !this.isForeign('primary', /^(upgrade|restore|somebody puts|created again)/)
    )
      this.broken('I4', `${outcome.kind}, and the primary runs ${cluster.primary.image} instead of ${image}`);
    if (!isFinished(view)) this.broken('I14', `${outcome.kind} in the state ${view.state}`);
    this.recorded(view);
  }

  /** Somebody else's hand was on it last. @param by what is told of the event */
  private isForeign(object: WriteObject, by = /./): boolean {
    return this.cluster.events.findLast((event) => event.object === object && by.test(event.what))?.by === 'world';
  }

  private told(rollout: string, outcome: string): void {
    const told = this.facts.notices.filter((notice) => notice.topic === 'ended' && notice.rollout === rollout);
    if (told.length === 0) this.broken('I6', `nobody was told that ${rollout} was ${outcome}`);
    for (const notice of told) {
      if (notice.outcome !== outcome) this.broken('I6', `${rollout} was told as ${notice.outcome} and was ${outcome}`);
    }
  }

  private recorded(view: NoticeView): void {
    const ids = view.actions.map(({ id }) => id);
    for (const id of new Set(ids)) {
      if (ids.filter((other) => other === id).length > 1) this.broken('I7', `action ${id} is on record twice`);
    }
  }

  /** At the very end. @param ended every rollout that ended  @param unfinished messages whose handler was cut off */
  whole(ended: readonly NoticeView[], unfinished: readonly string[] = []): void {
    for (const message of unfinished) this.broken('I7', `${message} was accepted and never answered`);
    for (const { rollout, outcome } of ended) if (rollout && outcome) this.told(rollout, outcome.kind);
    const epochs = this.facts.taken.map(({ epoch }) => epoch);
    if (epochs.some((epoch, index) => epoch < (epochs[index - 1] ?? 0)))
      this.broken('I5', `an older rollout wrote after a newer one: ${epochs.join(' ')}`);
    // writes of several objects go at once; those of one come in order
    this.facts.taken.forEach(({ epoch, seq, what }, index) => {
      const before = this.facts.taken.slice(0, index).findLast((one) => one.what === what);
      if (before && before.epoch === epoch && before.seq >= seq)
        this.broken('I8', `write ${epoch}.${seq} came after ${before.epoch}.${before.seq}`);
    });
    const written = new Map<string, string>();
    for (const { object, fence } of this.cluster.events) {
      if (!fence) continue;
      const [epoch = 0, seq = 0] = (written.get(object) ?? '0.0').split('.').map(Number);
      if (fence.epoch < epoch || (fence.epoch === epoch && fence.seq < seq))
        this.broken('I8', `${object}: ${fence.epoch}.${fence.seq} was stored after ${epoch}.${seq}`);
      written.set(object, `${fence.epoch}.${fence.seq}`);
    }
  }
}
