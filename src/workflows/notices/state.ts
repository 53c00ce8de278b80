/** What the notices of a plan know, as plain data: it survives continue-as-new. */
import type { Card, Notice, PlanGeneration, Recipient } from '../../contract/notice.ts';
import type { Question } from '../../contract/question.ts';

/** A message to people, and until when it is tried, ms. */
export interface Duty extends Notice {
  until: number;
}

/** What one recipient is still to be told. */
export interface Lane {
  to: Recipient;
  /** Ids of duties, the oldest first. */
  waiting: string[];
  /** Its message is under way. */
  busy: boolean;
  /** Failed tries in a row. */
  tries: number;
  /** The next try, ms. */
  nextAt: number;
  /** Since when (ms) and why nothing gets through. */
  trouble?: { since: number; reason: string };
  /** An outage has made things pile up: they go out as one digest. */
  piled?: boolean;
  /** They may have got these, as the answer was lost: exactly the same message is sent again. */
  perhaps?: string[];
  /** What was given up: since when (ms) and why. */
  lost?: { since: number; messages: number; reason: string };
  /** It takes nothing any more, and why: what comes is given up at once. */
  gone?: string;
  /** Of Slack: the message that shows the rollout; absent: there is none yet. */
  card?: Card;
  /** Of Slack: when it is looked at next, and how long after that if nothing has changed, ms. Absent: nothing changes. */
  look?: { at: number; everyMs: number };
  /** Of Slack: the answer to the last try was lost. */
  again?: boolean;
}

/** An open question, and when it is told again. */
export interface OpenQuestion {
  question: Question;
  rollout: string;
  delivery: string;
  change: string;
  /** Times that it was told again. */
  times: number;
  againAt: number;
  againMs: number;
}

export interface NoticesState {
  target: { cluster: string; namespace: string; plan: string };
  /** Time of the newest news, ms; 0: there was none yet. */
  at: number;
  /** What the newest news were about. */
  about?: Pick<Notice, 'rollout' | 'delivery' | 'change'>;
  /** Whom news are for; earlier recipients get what they are owed. */
  recipients: Recipient[];
  /** Of a plan that is an object. */
  object?: PlanGeneration;
  asked: OpenQuestion[];
  duties: Duty[];
  lanes: Lane[];
}

export function initialState(): NoticesState {
  const target = { cluster: '', namespace: '', plan: '' };
  return { target, at: 0, recipients: [], asked: [], duties: [], lanes: [] };
}

/** Nobody is owed anything, nothing is asked, and nothing that is shown can change. */
export function isOver({ lanes, asked }: NoticesState): boolean {
  return asked.length === 0 && lanes.every(({ waiting, look }) => waiting.length === 0 && !look);
}

/** A message is under way. */
export function isBusy({ lanes }: NoticesState): boolean {
  return lanes.some(({ busy }) => busy);
}
