/** Follows the rollout of one offer through the API until it ends, as `sluice run -w` does through Temporal. */
import { setTimeout as sleep } from 'node:timers/promises';
import {
  CliError,
  changeLines,
  EXIT,
  type ExitCode,
  isFinished,
  type OfferAnswer,
  offerCode,
  outcomeCode,
  type RolloutView,
} from 'sluice/cli';

/** How it ended for whoever waits. */
export interface Followed {
  code: ExitCode;
  /** A kind of outcome, or why nothing more is known. */
  outcome: string;
  reason: string;
  rollout?: string;
  /** As it was last seen; absent: it has not begun. */
  view?: RolloutView;
  /** What the canary got of the users, percent, whenever that changed. */
  weights: WeightPoint[];
}

export interface WeightPoint {
  /** Unix time, ms. */
  at: number;
  weight: number;
}

export interface FollowTerms {
  offer: OfferAnswer;
  /** Id of the offer, SENDER/DELIVERY. */
  delivery: string;
  /** Asks the API. @param path below the rollout's own, with its slash */
  look<Answer>(path: string): Promise<Answer>;
  say(line: string): void;
  intervalMs: number;
  failFast: boolean;
  /** Aborts when the job is cancelled, or the time is over. */
  signal: AbortSignal;
}

type Ended = Pick<Followed, 'code' | 'outcome' | 'reason'>;

/** Looks in a row at others at work, and nobody waiting. */
const LONGEST_ABSENCE = 3;

/** @throws CliError the API refuses: no right, an unknown token */
export async function follow(terms: FollowTerms): Promise<Followed> {
  const { offer, signal, intervalMs } = terms;
  const { status, reason = '' } = offer;
  if (status === 'rejected') return { code: offerCode(offer), outcome: status, reason, weights: [] };
  if (status === 'unchanged' && !offer.rollout) return { code: EXIT.ok, outcome: status, reason, weights: [] };
  const watch = new Watch(terms);
  for (;;) {
    const end = await watch.step().catch((error: Error) => {
      if (!signal.aborted) throw error;
    });
    if (end) return watch.told(end);
    if (signal.aborted) return watch.told(stopped(signal));
    await sleep(intervalMs, undefined, { signal }).catch(() => undefined);
  }
}

function stopped({ reason }: AbortSignal): Ended {
  const isTimeout = (reason as Error | undefined)?.name === 'TimeoutError';
  if (!isTimeout)
    return { code: EXIT.interrupted, outcome: 'interrupted', reason: 'Stopped watching. The rollout goes on.' };
  const sentence = 'timeout is over. Only the watching stops; the rollout goes on.';
  return { code: EXIT.timeout, outcome: 'timeout', reason: sentence };
}

/** What is remembered between two looks. */
class Watch {
  readonly #terms: FollowTerms;
  readonly #weights: WeightPoint[] = [];
  /** By the answer; absent: it has not begun. */
  readonly #named?: string;
  #view?: RolloutView;
  #trouble?: string;
  #absent = 0;

  constructor(terms: FollowTerms) {
    this.#terms = terms;
    this.#named = terms.offer.rollout;
  }

  told(end: Ended): Followed {
    const rollout = this.#view?.rollout ?? this.#named;
    return { ...end, rollout, view: this.#view, weights: this.#weights };
  }

  async step(): Promise<Ended | undefined> {
    const view = await this.#look();
    if (typeof view === 'string') return this.#report(view);
    if (this.#isPast(view)) return this.#ending(view);
    if (!this.#isOurs(view)) return this.#wait(view);
    this.#show(view);
    if (view.outcome && isFinished(view)) return endOf(view.outcome);
    if (view.state !== 'needs-you' || !this.#terms.failFast) return undefined;
    return { code: EXIT.needsYou, outcome: 'needs-you', reason: view.needsYou?.reason ?? view.sentence };
  }

  /** Server, worker and Temporal may be away: that ends nothing. @returns the trouble instead of throwing */
  async #look(): Promise<RolloutView | string> {
    try {
      return await this.#terms.look<RolloutView>('');
    } catch (error) {
      if (!(error instanceof CliError)) throw error;
      if (error.code === EXIT.unreachable) return error.message;
      if (error.code === EXIT.notFound && !this.#view) return 'the rollout has not begun';
      throw error;
    }
  }

  #isOurs(view: RolloutView): boolean {
    const isNamed = this.#named !== undefined && view.rollout === this.#named;
    return isNamed || view.startedBy.delivery === this.#terms.delivery;
  }

  /** Numbers only grow. */
  #isPast(view: RolloutView): boolean {
    const ours = this.#view?.rollout ?? this.#named;
    return ours !== undefined && numberOf(view.rollout) > numberOf(ours);
  }

  #wait(view: RolloutView): Ended | undefined {
    const isAway = view.queued === undefined && this.#terms.offer.status !== 'pending';
    this.#absent = isAway ? this.#absent + 1 : 0;
    this.#report(`${view.rollout ?? 'another rollout'} goes first: ${view.sentence}`);
    if (this.#absent < LONGEST_ABSENCE) return undefined;
    const reason = `neither it nor anything else waits behind ${view.rollout}: it ended between two looks, or a newer one took its place`;
    return { code: EXIT.superseded, outcome: 'superseded', reason };
  }

  /** It ended between two looks: how is in its audit. */
  async #ending(next: RolloutView): Promise<Ended> {
    const ours = numberOf(this.#view?.rollout ?? this.#named);
    const audit = this.#terms.look<{ told: { outcome?: RolloutView['outcome'] } }>(`/audit?rollout=${ours}`);
    const { told } = await audit.catch((): Awaited<typeof audit> => ({ told: {} }));
    if (told.outcome) return endOf(told.outcome);
    return { code: EXIT.superseded, outcome: 'superseded', reason: `${next.rollout} has taken its place` };
  }

  #show(view: RolloutView): void {
    const now = new Date();
    for (const line of changeLines(this.#view, view, now)) this.#terms.say(line);
    const { canary: weight } = view.route;
    if (this.#weights.at(-1)?.weight !== weight) this.#weights.push({ at: now.getTime(), weight });
    this.#view = view;
    this.#trouble = undefined;
  }

  #report(trouble: string): undefined {
    if (trouble !== this.#trouble) this.#terms.say(`${trouble}; nothing is lost, the watching goes on`);
    this.#trouble = trouble;
  }
}

function endOf(outcome: NonNullable<RolloutView['outcome']>): Ended {
  return { code: outcomeCode(outcome), outcome: outcome.kind, reason: outcome.reason };
}

/** 7 of reviews-7. */
function numberOf(rollout = ''): number {
  return Number(rollout.slice(rollout.lastIndexOf('-') + 1));
}
