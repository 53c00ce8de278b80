/** The activities of a rollout as they look from the workflow, on a model of a cluster, with every way in which a call can go wrong. */

import type { AwaitChangeInput, AwaitReadyInput, FencedTarget, IntervalInput } from '../../src/contract/activities.ts';
import type { DetectInput } from '../../src/contract/detected.ts';
import type { News } from '../../src/contract/notice.ts';
import type { IntervalResult } from '../../src/contract/verdict.ts';
import { holds } from '../../src/contract/world.ts';
import type { Clock } from './agenda.ts';
import { Cluster } from './cluster.ts';
import { Detections } from './detections.ts';
import type { Attempt, DrivenWorld } from './driver.ts';
import { Effects, RefusedCall, type Told } from './effects.ts';
import { Intervals, type JudgedInterval } from './intervals.ts';
import { worldSeen } from './seen.ts';

/**
 * What becomes of one attempt of a call. `late`: the worker freezes before the effect and makes it when it wakes up; `stops`: it is told to
 * stop, and what waits hands on what it has so far.
 */
export type Fate = 'fine' | 'fails before' | 'fails after' | 'lost after' | 'late' | 'twice' | 'stops';

const POLL_MS = 500;
const TICK_MS = 1_000;

export class ModelWorld implements DrivenWorld {
  readonly cluster = new Cluster();
  /** Fences in the order in which the workflow took them. */
  readonly taken: { epoch: number; seq: number; what: string }[] = [];
  /** Views with which rollouts ended, as people are told. */
  readonly ended: News['view'][] = [];
  readonly detections = new Detections(this.cluster);

  private readonly effects: Effects;
  private readonly checks: Intervals;
  private readonly agenda: Clock;
  private readonly fate: (name: string) => Fate;
  private readonly delay: () => number;

  constructor(agenda: Clock, fate: (name: string) => Fate, delay: () => number) {
    this.agenda = agenda;
    this.effects = new Effects(this.cluster, this.detections, agenda);
    this.checks = new Intervals(this.cluster, agenda);
    this.fate = fate;
    this.delay = delay;
    const tick = () => {
      this.cluster.tick();
      agenda.in(TICK_MS, tick);
    };
    agenda.in(TICK_MS, tick);
  }

  get notices(): readonly Told[] {
    return this.effects.notices;
  }

  /** In the order of their ends. */
  get intervals(): readonly JudgedInterval[] {
    return this.checks.judged;
  }

  attempt(attempt: Attempt): void {
    const wait = this.waits[attempt.name];
    if (wait) wait(attempt);
    else this.begin(attempt);
  }

  private begin(attempt: Attempt): void {
    const { epoch } = this.cluster;
    const fence = fenceOf(attempt);
    if (attempt.attempt === 1 && fence) this.taken.push({ ...fence, what: attempt.name });
    this.noteEnd(attempt);
    const quick = this.effects.of[attempt.name];
    if (!quick) throw new Error(`the model has no activity ${attempt.name}`);
    this.carryOut(attempt, () => {
      if (attempt.name === 'detect') this.effects.allowed('primary');
      // The allocation is guarded by the version of the primary that was read.
      if (attempt.name === 'detect' && this.cluster.epoch !== epoch && !this.detections.has(runOf(attempt)))
        throw new Error('409: the primary was changed meanwhile');
      return quick(attempt.input as never);
    });
  }

  private noteEnd({ name, input, attempt }: Attempt): void {
    const { ended, view } = (input ?? {}) as News;
    if (name === 'handOverNews' && ended && attempt === 1) this.ended.push(view);
  }

  private carryOut(attempt: Attempt, effect: () => unknown): void {
    const fate = this.fate(attempt.name);
    const run = (done: (result: unknown) => void) => {
      try {
        done(effect());
      } catch (error) {
        attempt.fail((error as Error).message, !(error instanceof RefusedCall), (error as RefusedCall).refusal);
      }
    };
    const fates: Record<Fate, () => void> = {
      fine: () => run((result) => attempt.complete(result)),
      twice: () => run(() => run((result) => attempt.complete(result))),
      'fails before': () => attempt.fail('503: the API server is not available'),
      'fails after': () => run(() => attempt.fail('the connection was cut')),
      'lost after': () => run(() => attempt.lose()),
      stops: () => attempt.fail('the worker stops'),
      late: () => {
        attempt.lose();
        this.agenda.in(15_000 + 10 * this.delay(), () => run(() => undefined));
      },
    };
    this.agenda.in(this.delay(), fates[fate]);
  }

  private readonly waits: Record<string, (attempt: Attempt) => void> = {
    awaitReady: (attempt) => this.awaitReady(attempt, attempt.input as AwaitReadyInput),
    checkInterval: (attempt) => this.interval(attempt, attempt.input as IntervalInput),
    observeAway: (attempt) => this.carryOut(attempt, () => this.away()),
    runAcceptance: (attempt) => this.carryOut(attempt, () => this.test()),
    runLoad: (attempt) => this.carryOut(attempt, () => this.test()),
    awaitChange: (attempt) => this.awaitChange(attempt, attempt.input as AwaitChangeInput),
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
      const updated = this.cluster[side].pods.get(revision.image) ?? 0;
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

  private interval(attempt: Attempt, input: IntervalInput): void {
    let lost = false;
    const watch = () => {
      if (attempt.abandoned) return;
      lost ||= this.cluster.canary.ready === 0 && this.cluster.route.canary > 0;
      if (lost || this.agenda.now >= end || this.checks.drifted(input)) judge();
      else this.agenda.in(POLL_MS, watch);
    };
    const judge = () => {
      if (this.cluster.unreadable && !lost) return attempt.fail('the metrics cannot be parsed', false);
      attempt.complete(this.checks.judge(input, lost));
    };
    const begun = this.checks.begun(input);
    const end = begun + input.durationMs;
    const fate = this.fate('checkInterval');
    if (fate === 'lost after') attempt.lose();
    else watch();
    if (fate === 'stops')
      this.agenda.in(10 * this.delay(), () => attempt.complete({ soFar: this.checks.soFar(begun), ticks: [] }));
  }

  private awaitChange(attempt: Attempt, input: AwaitChangeInput): void {
    const { check, again, until } = input;
    const end = this.agenda.now + input.forMs;
    let interval: IntervalResult | undefined;
    let passes = 0;
    let begun = check ? this.checks.begun(check) : this.agenda.now;
    let tryAt = this.agenda.now;
    let gap = 5_000;
    const finish = (change: Partial<{ written: unknown; refused: unknown }> = {}) =>
      attempt.complete({
        world: worldSeen(this.cluster, input),
        written: [],
        refused: [],
        passes,
        ...change,
        ...(interval && { interval }),
        ...(check && this.agenda.now > begun && { soFar: this.checks.soFar(begun) }),
      });
    const look = () => {
      if (attempt.abandoned) return;
      const { now } = this.agenda;
      if (until.some((condition) => holds(condition, worldSeen(this.cluster, input)))) return finish();
      if (now >= tryAt) {
        const news = again.map((write) => this.effects.tryAgain(write)).filter((one) => one !== undefined);
        tryAt = now + gap;
        gap = Math.min(30_000, gap * 2);
        const written = news.filter((one) => 'result' in one);
        if (news.length > 0) return finish({ written, refused: news.filter((one) => 'reason' in one) });
      }
      const lost = check && this.cluster.canary.ready === 0 && this.cluster.route.canary > 0;
      if (check && (now >= begun + check.durationMs || lost || this.checks.drifted(check))) {
        if (interval) passes += 1;
        interval = this.checks.judge(check, lost === true);
        begun = now;
        if (interval.verdict !== 'pass' || now + check.durationMs > end) return finish();
      }
      if (now >= end) return finish();
      this.agenda.in(POLL_MS, look);
    };
    const fate = this.fate('awaitChange');
    if (fate === 'lost after') attempt.lose();
    else look();
    if (fate === 'stops') this.agenda.in(10 * this.delay(), () => finish());
  }
}

function runOf({ input }: Attempt): string {
  return (input as DetectInput).run;
}

function fenceOf({ input }: Attempt): { epoch: number; seq: number } | undefined {
  return (input as Partial<FencedTarget>)?.fence;
}
