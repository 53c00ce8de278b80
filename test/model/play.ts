import { viewQuery } from '../../src/contract/messages.ts';
import type { NoticeView } from '../../src/contract/notice.ts';
import type { RolloutView } from '../../src/contract/view.ts';
import { planFor } from '../support/plan.ts';
import { seededRandom } from '../support/random.ts';
import { Agenda, type Clock } from './agenda.ts';
import type { DrivenWorld, Driver } from './driver.ts';
import { Engine } from './engine.ts';
import { Happenings } from './happenings.ts';
import { Invariants, type Stranded, type Violation } from './invariants.ts';
import { People } from './people.ts';
import type { Sandboxes } from './sandboxes.ts';
import { fatesOf, type ModelScript } from './script.ts';
import type { ModelStage } from './stage.ts';
import { ModelWorld } from './world.ts';

export interface Played {
  violations: Violation[];
  /** What happened, a line each. */
  trace: string[];
  /** How the rollouts ended. */
  outcomes: string[];
  runs: number;
}

export interface PlayOptions {
  /** Off: stale writes are made, as a negative control. */
  fenced?: boolean;
  /** Off: objects that were made anew are written, as a negative control. */
  bound?: boolean;
  /** A rollout that has not ended by then never will, ms. Default four hours. */
  limitMs?: number;
  /**
   * How long users may be on a side without ready pods while people are asked or the way back is under way, or on a failing canary
   * while it is, though they could be moved, ms. Default: not looked at.
   */
  strandedMs?: number;
  /** How long users may be without an answer after pods died, ms. Default four minutes: a few intervals with retried calls. */
  unservedMs?: number;
}

/** After this time nothing goes wrong any more, and somebody answers whatever is asked. */
const SPAN_MS = 300_000;
const LIMIT_MS = 4 * 3_600_000;
const UNSERVED_MS = 240_000;

/** Plays one script to its end on a clock that jumps; the same script plays the same way. */
export async function play(sandboxes: Sandboxes, script: ModelScript, options: PlayOptions = {}): Promise<Played> {
  const agenda = new Agenda();
  const drive = (world: DrivenWorld) => new Engine(sandboxes, agenda, 'rollout', 'rollout/model', world);
  return new Game(agenda, script, drive, options).play();
}

/** The same with another clock and another Temporal. */
export function playOn(
  clock: Clock,
  script: ModelScript,
  drive: (world: ModelWorld) => Driver,
  options: PlayOptions = {},
): Promise<Played> {
  return new Game(clock, script, drive, options).play();
}

class Game {
  private readonly agenda: Clock;
  private readonly start: number;
  private readonly world: ModelWorld;
  private readonly engine: Driver;
  private readonly invariants: Invariants;
  private readonly people: People;
  private readonly happenings: Happenings;
  private readonly trace: string[] = [];
  /** Work that needs the sandbox, after the step that asked for it. */
  private readonly todo: (() => Promise<void>)[] = [];
  private told = 0;
  private looked = 0;
  private readonly limitMs: number;
  private readonly strandedMs: number;
  private lookedAt = 0;
  private healed = false;
  private readonly script: ModelScript;

  constructor(clock: Clock, script: ModelScript, drive: (world: ModelWorld) => Driver, options: PlayOptions) {
    const { fenced = true, bound = true, limitMs = LIMIT_MS, unservedMs = UNSERVED_MS } = options;
    this.limitMs = limitMs;
    this.strandedMs = options.strandedMs ?? Number.POSITIVE_INFINITY;
    this.agenda = clock;
    this.start = clock.now;
    this.script = script;
    const random = seededRandom(script.seed, 'delays');
    const faulty = () => this.agenda.now - this.start < SPAN_MS;
    this.world = new ModelWorld(this.agenda, fatesOf(script, faulty), () => 20 + Math.floor(random() * 400));
    this.world.cluster.fenced = fenced;
    this.world.cluster.bound = bound;
    this.world.cluster.primary.strategy = script.strategy;
    this.world.cluster.shrinks = script.shrinks ?? false;
    this.world.cluster.pins = script.pins ?? false;
    this.engine = drive(this.world);
    const plan = planFor('shop', {
      mirror: { percent: 100, everyMs: 5_000, iterations: 3 },
      shift: {
        weights: [20, 40, 60, 80, 100],
        everyMs: 5_000,
        ...(script.stepsBack && { back: { weights: script.stepsBack, everyMs: 5_000 } }),
      },
      scale: {
        canary: { replicas: 1, autoscaler: { min: 1, max: 10 }, matchWeight: true },
        primary: { autoscaler: { min: 2, max: 10 } },
        readyTimeoutMs: 30_000,
      },
      ...script.plan,
    });
    const { seed } = script;
    const { agenda, world, engine, todo } = this;
    const stage: ModelStage = { seed, agenda, world, engine, plan, todo, note: (line) => this.note(line) };
    this.people = new People(stage, (violation) => this.invariants.violations.push(violation));
    this.happenings = new Happenings(stage, this.people);
    const { intervals, notices, taken, detections } = this.world;
    const { revisions, previous, sizes, uids } = detections;
    const { jumped, left, adopted } = this.people;
    const facts = { intervals, notices, taken, revisions, previous, sizes, uids, jumped, left, adopted };
    this.invariants = new Invariants(this.world.cluster, facts, plan.shift.weights, unservedMs);
    this.world.cluster.listener = (event) => {
      this.note(`${event.by}: ${event.object} ${event.what} ${event.fence?.seq ?? ''}`);
      this.invariants.look(event);
    };
  }

  async play(): Promise<Played> {
    this.people.offer('reviews:v2', `${this.script.seed}-first`);
    for (const { at, what } of this.script.happenings) this.agenda.in(at, () => this.happenings.happen(what));
    this.agenda.in(Math.max(SPAN_MS, this.script.careMs ?? 0), () => this.heal());
    try {
      await this.untilTheEnd();
      this.invariants.whole(this.world.ended, this.engine.unfinished);
    } catch (error) {
      this.invariants.violations.push({ invariant: 'I14', what: (error as Error).message });
    }
    return {
      violations: this.invariants.violations,
      trace: this.trace,
      outcomes: this.world.ended.map(({ outcome }) => outcome?.kind ?? '?'),
      runs: this.engine.runs,
    };
  }

  private async untilTheEnd(): Promise<void> {
    for (;;) {
      for (let work = this.todo.shift(); work; work = this.todo.shift()) await work();
      const elapsed = this.agenda.now - this.start;
      if (this.healed && !this.engine.running && !this.engine.hasJobs) return;
      if (elapsed > this.limitMs) throw new Error(`it never ended: ${await this.sentence()}`);
      await this.engine.step();
      this.look();
      await this.lookAtStranded();
    }
  }

  private look(): void {
    this.invariants.served(this.agenda.now);
    for (; this.looked < this.world.intervals.length; this.looked += 1) {
      const interval = this.world.intervals[this.looked];
      if (!interval) continue;
      this.note(`interval ${interval.stage}: ${interval.verdict}`);
      this.invariants.judged(interval);
    }
    for (; this.told < this.world.ended.length; this.told += 1) {
      const view = this.world.ended[this.told] as NoticeView;
      this.note(`ended: ${view.rollout} ${view.outcome?.kind}: ${view.outcome?.reason}`);
      this.invariants.ended(view);
    }
    const failure = this.engine.completed?.failure;
    if (failure) throw new Error(`the workflow failed: ${failure}`);
  }

  /** Users are nowhere, or at a failing canary, while somebody is asked or they are on their way back. */
  private async lookAtStranded(): Promise<void> {
    const sinceMs = this.agenda.now - this.lookedAt;
    this.lookedAt = this.agenda.now;
    if (this.strandedMs === Number.POSITIVE_INFINITY || sinceMs === 0) return;
    const where = this.invariants.stranded();
    const awaited = where !== undefined && this.engine.running && (await this.isAwaited(where));
    this.invariants.strandedFor(awaited ? sinceMs : undefined, this.strandedMs, this.agenda.now, where);
  }

  private async isAwaited(where: Stranded): Promise<boolean> {
    const { needsYou, outcome } = await this.engine.query<RolloutView>(viewQuery.name);
    return outcome !== undefined || (needsYou !== undefined && where !== 'a failing canary');
  }

  private note(line: string): void {
    this.trace.push(`${((this.agenda.now - this.start) / 1000).toFixed(1).padStart(7)}  ${line}`);
  }

  private async sentence(): Promise<string> {
    const { state, sentence } = await this.engine.query<RolloutView>(viewQuery.name);
    return `${state}: ${sentence}`;
  }

  /** The script is over and somebody comes: what was broken is whole, and questions are answered. */
  private heal(): void {
    this.note('healed');
    this.healed = true;
    const { cluster } = this.world;
    cluster.metrics = true;
    cluster.broken.clear();
    cluster.bad.clear();
    this.people.care(this.script.careMs);
  }
}
