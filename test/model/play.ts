import type { Action, ActionAnswer, ActionVerb } from '../../src/contract/action.ts';
import type { WriteObject } from '../../src/contract/fence.ts';
import { AT_REST } from '../../src/contract/intent.ts';
import { abortSignal, actionUpdate, offerUpdate, pauseSignal, viewQuery } from '../../src/contract/messages.ts';
import type { NoticeView } from '../../src/contract/notice.ts';
import type { Offer, OfferAnswer } from '../../src/contract/offer.ts';
import type { Plan } from '../../src/contract/plan.ts';
import type { RolloutView } from '../../src/contract/view.ts';
import { planFor } from '../support/plan.ts';
import { seededRandom } from '../support/random.ts';
import { Agenda, type Clock } from './agenda.ts';
import type { Cluster } from './cluster.ts';
import type { DrivenWorld, Driver } from './driver.ts';
import { Engine } from './engine.ts';
import { Invariants, type Stranded, type Violation } from './invariants.ts';
import type { Sandboxes } from './sandboxes.ts';
import { fatesOf, type Happening, type ModelScript } from './script.ts';
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
const CARE_MS = 30_000;
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
  private readonly plan: Plan;
  private readonly invariants: Invariants;
  private readonly jumped = new Set<number>();
  private readonly acted = new Set<string>();
  private readonly left = new Set<string>();
  private readonly adopted: number[] = [];
  private readonly trace: string[] = [];
  /** Work that needs the sandbox, after the step that asked for it. */
  private readonly todo: (() => Promise<void>)[] = [];
  private told = 0;
  private asked = 0;
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
    this.plan = planFor('shop', {
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
    const { intervals, notices, taken, detections } = this.world;
    const { revisions, previous, sizes, uids } = detections;
    const { jumped, left, adopted } = this;
    const facts = { intervals, notices, taken, revisions, previous, sizes, uids, jumped, left, adopted };
    this.invariants = new Invariants(this.world.cluster, facts, this.plan.shift.weights, unservedMs);
    this.world.cluster.listener = (event) => {
      this.note(`${event.by}: ${event.object} ${event.what} ${event.fence?.seq ?? ''}`);
      this.invariants.look(event);
    };
  }

  async play(): Promise<Played> {
    this.offer('reviews:v2', `${this.script.seed}-first`);
    for (const { at, what } of this.script.happenings) this.agenda.in(at, () => this.happen(what));
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

  private happen(what: Happening): void {
    this.note(JSON.stringify(what));
    const happens = this.happenings[what.kind] as (what: Happening) => void;
    happens(what);
  }

  private readonly happenings: { [Kind in Happening['kind']]: (what: Extract<Happening, { kind: Kind }>) => void } = {
    action: (what) => this.act(what),
    signal: ({ verb }) => {
      if (this.engine.running) this.engine.signal((verb === 'pause' ? pauseSignal : abortSignal).name, 'by signal');
    },
    offer: ({ image, id }) => this.offer(image, id),
    cancel: () => {
      if (this.engine.running) this.engine.cancel();
    },
    terminate: () => {
      this.todo.push(() => this.engine.terminate());
      this.agenda.in(5_000, () => this.repair());
    },
    'pods die': ({ side, count }) =>
      this.meddle(side, `${count} pods die`, ({ [side]: workload }) => workload.kill(count)),
    shrink: () =>
      this.meddle('primary', 'the HPA shrinks it', ({ primary, autoscaler }) => {
        primary.replicas = Math.max(1, autoscaler.min);
      }),
    image: ({ image, how, on }) => {
      const images = this.world.cluster[how];
      if (on) images.add(image);
      else images.delete(image);
    },
    metrics: ({ on }) => {
      this.world.cluster.metrics = on;
    },
    edit: ({ canary }) => {
      // Without a rollout the route is nobody's but its owner's.
      if (!this.engine.running || this.world.cluster.canary.replicas === 0) return;
      this.meddle('route', `weights ${100 - canary}/${canary}`, (cluster) => {
        cluster.route = { primary: 100 - canary, canary, mirror: 0 };
      });
    },
    refuse: ({ object, status, ms }) => {
      const { refused } = this.world.cluster;
      refused.set(object, status);
      this.agenda.in(ms, () => refused.delete(object));
    },
    delete: ({ object, ms }) => {
      this.meddle(object, 'deleted', (cluster) => cluster.delete(object));
      this.agenda.in(ms, () => this.meddle(object, 'created again', (cluster) => cluster.create(object)));
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
      const { cluster } = this.world;
      cluster.unreadable = true;
      this.agenda.in(ms, () => {
        cluster.unreadable = false;
      });
    },
    'long history': () => {
      this.engine.lengthenHistory();
    },
    replay: () => {
      this.todo.push(() => this.engine.replay());
    },
  };

  private meddle(object: WriteObject, what: string, change: (cluster: Cluster) => void): void {
    const { cluster } = this.world;
    cluster.meddle(this.agenda.now, object, what, () => change(cluster));
  }

  private act({ verb, id, by, proven, stale, weight, question, answer }: Extract<Happening, { kind: 'action' }>): void {
    if (!this.engine.running) return;
    const action: Action = {
      id,
      verb,
      actor: { name: by, channel: 'cli', ...(proven && { statement: 'good' }) },
      ...(stale && { rollout: 'shop-0' }),
      ...(verb === 'set-weight' && { weight }),
      ...(question && { question }),
      ...(answer && { answer }),
    };
    const repeated = this.acted.has(id);
    this.acted.add(id);
    this.engine.update<ActionAnswer>(actionUpdate.name, [action], (outcome) => {
      this.note(`${verb} ${id}: ${JSON.stringify(outcome)}`);
      const accepted = 'result' in outcome && outcome.result.accepted;
      if (accepted && answer === 'leave-it')
        this.left.add(`${this.world.cluster.epoch} ${question?.split('/').at(-2)}`);
      if (accepted && (answer === 'adopt' || answer === 'retry')) this.adopted.push(this.agenda.now);
      if (accepted && (verb === 'promote' || verb === 'set-weight')) this.jumped.add(this.world.cluster.epoch);
      if (accepted && stale && !repeated)
        this.invariants.violations.push({ invariant: 'I7', what: `${verb} ${id} was stale` });
    });
  }

  /** As a delivery does: starts the workflow or reaches the running one, again when the run gave way. */
  private offer(image: string, id: string): void {
    const receivedAt = new Date(this.agenda.now).toISOString();
    const event = { source: 'model', deliveryId: id, receivedAt, image, by: 'ci' };
    this.deliver({ id: `model/${id}`, plan: this.plan, event });
  }

  private repair(): void {
    const id = `${this.script.seed}-repair-${this.agenda.now}`;
    const receivedAt = new Date(this.agenda.now).toISOString();
    this.deliver({ id, plan: this.plan, kind: 'repair', event: { source: 'reconcile', deliveryId: id, receivedAt } });
  }

  private deliver(offer: Offer): void {
    this.todo.push(async () => {
      if (!this.engine.running) await this.engine.start({ cluster: 'model', offer });
      this.engine.update<OfferAnswer>(offerUpdate.name, [offer], (outcome) => {
        this.note(`offer ${offer.event.image ?? offer.kind}: ${JSON.stringify(outcome)}`);
        const again = !('result' in outcome) || outcome.result.again;
        if (again) this.agenda.in(1_000, () => this.deliver(offer));
      });
    });
  }

  /** The script is over and somebody comes: what was broken is whole, and questions are answered. */
  private heal(): void {
    this.note('healed');
    this.healed = true;
    const { cluster } = this.world;
    cluster.metrics = true;
    cluster.broken.clear();
    cluster.bad.clear();
    this.care();
  }

  private care(): void {
    this.todo.push(async () => {
      if (this.engine.running) await this.answerQuestions();
      else if (!this.atRest()) this.repair();
    });
    this.agenda.in(this.script.careMs ?? CARE_MS, () => this.care());
  }

  private atRest(): boolean {
    const { route, canary } = this.world.cluster;
    return route.canary === AT_REST.canary && route.mirror === 0 && canary.replicas === 0;
  }

  private async answerQuestions(): Promise<void> {
    const { questions, paused } = await this.engine.query<RolloutView>(viewQuery.name);
    const id = `${this.script.seed}-care-${this.agenda.now}`;
    const by = `zoe${this.agenda.now}`;
    const act = (verb: ActionVerb, n: number, more: object = {}) =>
      this.act({ kind: 'action', verb, id: `${id}-${n}`, by, proven: true, ...more });
    if (paused) act('resume', 0);
    questions.forEach((question, n) => {
      // people try one thing after the other
      const answers = [...Object.keys(question.answers), 'abort'];
      const answer = answers[this.asked % answers.length];
      this.asked += 1;
      if (question.gate) act('approve', n + 1);
      else if (answer === 'abort') act('abort', n + 1);
      else act('answer', n + 1, { question: question.id, answer });
    });
  }
}
