/** What people are told of rollouts: handed over by a rollout, told by the notices of its plan, which try for as long as it is worth. */
import type { NotifyPlan } from './plan.ts';
import type { Question } from './question.ts';
import type { RolloutView } from './view.ts';
import { describeChange } from './words.ts';

/** Who is told, and by what. */
export interface Recipient {
  channel: 'email' | 'slack' | 'webhook' | 'object';
  /** Of a mailbox; or the name of a notification target; or `RolloutPlan demo/reviews`, whose status is written. */
  address: string;
}

/** A plan that is an object in the cluster: the generation that a rollout began with. */
export interface PlanGeneration {
  generation: number;
}

/** @param planFile as offers name it */
export function generationOf(planFile: string | undefined): PlanGeneration | undefined {
  const [, generation] = /^RolloutPlan \S{1,200}, generation (\d{1,15})$/.exec(planFile ?? '') ?? [];
  return generation === undefined ? undefined : { generation: Number(generation) };
}

/** Channels that show a rollout as it goes. */
export function showsRollouts({ channel }: Recipient): boolean {
  return channel === 'slack' || channel === 'object';
}

export function recipientsOf(notify: readonly NotifyPlan[]): Recipient[] {
  const addresses = new Set(notify.flatMap(({ email }) => email?.to ?? []));
  const targets = (channel: 'slack' | 'webhook') =>
    new Set(notify.flatMap(({ [channel]: named }) => (named ? [named.target] : [])));
  return [
    ...[...addresses].map((address): Recipient => ({ channel: 'email', address })),
    ...[...targets('slack')].map((address): Recipient => ({ channel: 'slack', address })),
    ...[...targets('webhook')].map((address): Recipient => ({ channel: 'webhook', address })),
  ];
}

/** What shows a rollout: a message in a channel of Slack, in whose thread stands what happens, or the status of an object. */
export interface Card {
  /** That began the rollout: its name before it has a number. */
  delivery: string;
  /** Absent: it is not posted, as far as is known. */
  message?: { channel: string; ts: string };
  /** Hash of what it shows. */
  shown?: string;
  /** What happened until then stands in its thread, ISO 8601. */
  told: string;
}

/** Something has begun or changed that news do not tell of: whoever shows rollouts looks. */
export interface LookAgain extends Pick<RolloutView, 'cluster' | 'namespace' | 'plan'> {
  /** Whom it is for, when something has begun. */
  notify?: NotifyPlan[];
  /** Absent: the plan is none, or is told of by news. */
  object?: PlanGeneration;
  /** Of a deploy event that was taken: its id, and what came of it. Webhooks are told. */
  offered?: { delivery: string; rollout: string; sentence: string };
}

/** Why somebody did what they did, said afterwards. */
export interface Remark {
  rollout: string;
  by: string;
  text: string;
}

/** A question that is not open any more. */
export interface ClosedQuestion {
  id: string;
  /** Who did what, "mo · cli answered retry"; absent: it settled by itself. */
  how?: string;
}

/** As much of a view as messages show. */
export type NoticeView = Omit<RolloutView, 'lastInterval' | 'comparison'> & {
  lastInterval?: Pick<NonNullable<RolloutView['lastInterval']>, 'checks'>;
  comparison?: Pick<NonNullable<RolloutView['comparison']>, 'sentence'>;
};

/** How a rollout stands, for people. Always whole, so that the newest one is enough. */
export interface News {
  /** When it stood so, ms; what comes after a newer one is not heard. */
  at: number;
  notify: NotifyPlan[];
  /** Open questions are told again after this time, ms, then after twice as long. */
  againMs: number;
  view: NoticeView;
  /** Questions that were closed since the last news. */
  closed: ClosedQuestion[];
  /** It has ended, and this is the result. */
  ended: boolean;
  /** Absent: the plan is from a file. */
  object?: PlanGeneration;
  /** Of the ended: the hash of its history up to here, see `src/temporal/chain.ts`; added where it is handed over. */
  head?: string;
}

/**
 * - `offered`: a deploy event was taken
 * - `again`: a question is still open; `closed`: it is not any more; `acknowledged`: somebody has seen it
 * - `remark`: a reason that was given afterwards
 * - `gone`: a target of notifications is gone
 */
type NoticeTopic = 'offered' | 'needs-you' | 'again' | 'closed' | 'acknowledged' | 'remark' | 'gone' | 'ended';

/** One thing that people are to be told. */
export interface Notice {
  /** The same whenever it is told; unique among those of a plan. */
  id: string;
  topic: NoticeTopic;
  /** When it happened, ISO 8601. */
  at: string;
  rollout: string;
  /** That began it. */
  delivery: string;
  /** `v1 → v2`. */
  change: string;
  /** One sentence. */
  sentence: string;
  /** What was asked, when the sentence does not say it. */
  asked?: string;
  /** Ids of the questions that it is about. */
  questions: string[];
  /** Absent: the sentence says it all. */
  view?: NoticeView;
  /** Of `News`: whoever has it can tell whether an exported audit was changed. */
  head?: string;
}

export interface NotifyInput extends Pick<RolloutView, 'cluster' | 'namespace' | 'plan'> {
  to: Recipient[];
  /** In the order in which they happened. */
  notices: Notice[];
  /** What people are still asked. */
  open: Question[];
  /** Of Slack: the message that is there. */
  card?: Card;
  /** They may have got it already, as an answer was lost. */
  again?: boolean;
  /** Of an object. */
  object?: PlanGeneration;
}

export interface NotifyResult {
  told: Recipient[];
  /** They will never get it; `gone`: nor anything else. */
  refused: { to: Recipient; reason: string; gone?: boolean }[];
  /** Another try may help, not before `afterMs`. `perhaps`: they may have got it all the same, as the answer was lost. */
  later: { to: Recipient; reason: string; perhaps: boolean; afterMs?: number }[];
  /** Of Slack: the message as it is now. */
  card?: Card;
  /** Of Slack: nothing runs that could change. */
  over?: boolean;
}

/** What people wait for in vain. */
export interface Untold {
  to: string[];
  /** These are all who should know. */
  everybody: boolean;
  /** ISO 8601. */
  since: string;
  messages: number;
  reason: string;
  /** Until when it is tried, ISO 8601; absent: it was given up. */
  until?: string;
}

/** Of the intervals all are the result; under a question the last ones say how it stood. */
const INTERVALS_OF_A_QUESTION = 5;
const LINES = 20;

export function noticeView(view: RolloutView, ended: boolean): NoticeView {
  const { lastInterval, comparison, revision, previous } = view;
  return {
    ...view,
    needsYou: undefined,
    revision: revision && { ...revision, config: [] },
    previous: previous && { ...previous, config: [] },
    lastInterval: lastInterval && { checks: lastInterval.checks },
    comparison: comparison && { sentence: comparison.sentence },
    intervals: ended ? view.intervals : view.intervals.slice(-INTERVALS_OF_A_QUESTION),
    warnings: view.warnings.slice(-LINES),
    actions: view.actions.slice(-LINES),
  };
}

/** What its messages are about; a rollout that was refused before it got a number is told apart by its delivery. */
export function subjectOf(view: NoticeView): Pick<Notice, 'rollout' | 'delivery' | 'change'> {
  const { delivery } = view.startedBy;
  return { rollout: view.rollout ?? `${view.plan}-${delivery}`, delivery, change: describeChange(view) };
}

/** "Nobody could be told since …", or of some that they could not. */
export function untoldSentence({ to, everybody, since, messages, reason, until }: Untold): string {
  const whom = everybody ? 'Nobody could be told' : `${to.join(', ')} could not be told`;
  const what = `${messages} ${messages === 1 ? 'message' : 'messages'}`;
  const then = until ? `${what} tried until ${until}` : `${what} given up`;
  return `${whom} since ${since}: ${reason}; ${then}.`;
}
