/** From how a rollout stands to what people are told: the difference to how it stood before. Pure. */
import {
  type LookAgain,
  type News,
  type Notice,
  type NotifyResult,
  type Recipient,
  type Remark,
  recipientsOf,
  subjectOf,
} from '../../contract/notice.ts';
import type { Question } from '../../contract/question.ts';
import { iso, stateWord } from '../../contract/words.ts';
import { type Letter, lanesOf, lookNow, owe, takeBack } from './lanes.ts';
import type { Lane, NoticesState, OpenQuestion } from './state.ts';
import { LONGEST_AGAIN_MS, TRIED_MS, UNNOTICED_MS } from './terms.ts';

/** News that were heard already, or outrun by newer ones, say nothing. */
export function take(state: NoticesState, news: News, now: number): void {
  if (news.at <= state.at) return;
  const { view, againMs, ended } = news;
  const { cluster, namespace, plan, questions } = view;
  const { asked: before } = state;
  const [target, about] = [{ cluster, namespace, plan }, subjectOf(view)];
  Object.assign(state, { at: news.at, ...toldOf(news, target), about });
  const known = (question: Question) => before.find((one) => one.question.id === question.id);
  state.asked = questions.map((question) => ({
    ...(known(question) ?? { ...subjectOf(view), times: 0, againAt: now + againMs, againMs }),
    question,
  }));
  const fresh = questions.filter((question) => !known(question));
  const seen = questions.filter(
    (question) => question.acknowledged && known(question)?.question.acknowledged === undefined,
  );
  if (ended) tellEnd(state, news, now);
  else tellClosed(state, news, before, now);
  tellSeen(
    state,
    seen.filter((question) => !fresh.includes(question)),
    now,
  );
  if (fresh.length > 0) tellAsked(state, news, fresh, now);
  lookNow(state, now);
}

/** The object is told as people are, and beside them. */
function toldOf({ notify, object }: Pick<News, 'notify' | 'object'>, target: NoticesState['target']) {
  const own: Recipient[] = object
    ? [{ channel: 'object', address: `RolloutPlan ${target.namespace}/${target.plan}` }]
    : [];
  return { recipients: [...recipientsOf(notify), ...own], object, target };
}

/** Something has begun, or somebody has done something. */
export function look(state: NoticesState, { notify, offered, object, ...target }: LookAgain, now: number): void {
  if (notify) Object.assign(state, toldOf({ notify, object }, target));
  if (offered) tellOffered(state, offered, now);
  lookNow(state, now);
}

/** Slack shows it, and mail would say nothing that helps. */
function tellOffered(state: NoticesState, offered: NonNullable<LookAgain['offered']>, now: number): void {
  const id = `offered/${offered.delivery}`;
  const lanes = lanesOf(state).filter(({ to }) => to.channel === 'webhook');
  tell(state, { id, topic: 'offered', at: iso(now), change: '', questions: [], ...offered }, now, lanes);
}

/** All others learn that a target takes nothing any more. */
export function tellGone(
  state: NoticesState,
  { duties: [about] }: Letter,
  { refused: [one] }: NotifyResult,
  now: number,
) {
  if (!about || !one?.gone) return;
  const { rollout, delivery, change } = about;
  const sentence = `${one.to.address} is told nothing any more: ${one.reason}`;
  const gone = { id: `gone/${one.to.address}/${rollout}`, topic: 'gone' as const, at: iso(now), sentence };
  const lanes = lanesOf(state).filter((lane) => !lane.gone);
  tell(state, { ...gone, rollout, delivery, change, questions: [] }, now, lanes);
}

/** Slack has it already, where it was asked for. */
export function tellRemark(state: NoticesState, { rollout, by, text }: Remark, now: number): void {
  const known = state.about?.rollout === rollout ? state.about : { rollout, delivery: '', change: '' };
  const about = { ...known, questions: [], at: iso(now) };
  const lanes = lanesOf(state).filter(({ to }) => to.channel !== 'slack');
  tell(state, { id: `remark/${rollout}/${now}`, topic: 'remark', ...about, sentence: `${by}: ${text}` }, now, lanes);
}

function tellEnd(state: NoticesState, { view, head }: News, now: number): void {
  const sentence = `${stateWord(view).toLowerCase()}: ${view.outcome?.reason ?? view.sentence}`;
  const about = subjectOf(view);
  const at = view.endedAt ?? iso(now);
  const more = { at, sentence, questions: [], view, ...(head && { head }) };
  tell(state, { id: `ended/${about.rollout}`, topic: 'ended', ...about, ...more }, now);
}

function tellAsked(state: NoticesState, { view }: News, fresh: Question[], now: number): void {
  const newest = fresh.at(-1) as Question;
  const sentence = `needs you: ${reasonsOf(fresh)}`;
  const about = { ...subjectOf(view), questions: fresh.map(({ id }) => id), view };
  tell(state, { id: `needs-you/${newest.id}`, topic: 'needs-you', at: newest.since, sentence, ...about }, now);
}

function tellClosed(state: NoticesState, { view, closed, at }: News, before: OpenQuestion[], now: number): void {
  const gone = before.filter(({ question }) => !view.questions.some(({ id }) => id === question.id));
  const [first] = gone;
  if (!first) return;
  const ids = gone.map(({ question }) => question.id);
  const { rollout, delivery, change, question } = first;
  const notice: Notice = {
    id: `closed/${question.id}`,
    topic: 'closed',
    at: iso(at),
    rollout,
    delivery,
    change,
    sentence: closed.find(({ id }) => ids.includes(id))?.how ?? 'the question has settled by itself',
    asked: reasonsOf(gone.map((one) => one.question)),
    questions: ids,
  };
  const lanes = lanesOf(state).filter((lane) => !unnoticed(state, lane, ids, now));
  tell(state, notice, now, lanes);
}

/** Nobody behind the lane was told of the questions, and they were over at once. */
function unnoticed(state: NoticesState, lane: Lane, ids: readonly string[], now: number): boolean {
  const untold = state.duties.filter(
    ({ topic, at, questions }) =>
      topic === 'needs-you' && now - Date.parse(at) < UNNOTICED_MS && questions.every((id) => ids.includes(id)),
  );
  const taken = untold.filter(({ id }) => takeBack(lane, id)).flatMap(({ questions }) => questions);
  return ids.every((id) => taken.includes(id));
}

function tellSeen(state: NoticesState, seen: Question[], now: number): void {
  for (const question of seen) {
    const { rollout, delivery, change } = state.asked.find((one) => one.question === question) as OpenQuestion;
    const { by = '', at = iso(now) } = question.acknowledged ?? {};
    const sentence = `${by} has seen the question: it stays open and is not told again`;
    const { id, reason: asked } = question;
    const about = { at, rollout, delivery, change, sentence, asked, questions: [id] };
    tell(state, { id: `acknowledged/${id}`, topic: 'acknowledged', ...about }, now);
  }
}

/** Open questions that nobody has acknowledged, all in one message as soon as one of them is due. */
export function askAgain(state: NoticesState, now: number): void {
  const open = state.asked.filter(({ question }) => !question.acknowledged);
  const first = open.find(({ againAt }) => againAt <= now);
  if (!first) return;
  for (const one of open) {
    one.times += 1;
    one.againMs = Math.min(LONGEST_AGAIN_MS, one.againMs * 2);
    one.againAt = now + one.againMs;
  }
  const { rollout, delivery, change, question, times } = first;
  const questions = open.map((one) => one.question);
  const notice: Notice = {
    id: `again/${question.id}/${times}`,
    topic: 'again',
    at: iso(now),
    rollout,
    delivery,
    change,
    sentence: `still needs you: ${reasonsOf(questions)}`,
    questions: questions.map(({ id }) => id),
  };
  // whoever waits for something else anyway learns from it what is open
  tell(
    state,
    notice,
    now,
    lanesOf(state).filter(({ waiting }) => waiting.length === 0),
  );
}

/** When a question is told again, ms; infinite: never. */
export function nextAgain({ asked }: NoticesState): number {
  const times = asked.flatMap(({ question, againAt }) => (question.acknowledged ? [] : [againAt]));
  return Math.min(Number.POSITIVE_INFINITY, ...times);
}

const LONGEST_SENTENCE = 500;

function tell(state: NoticesState, notice: Notice, now: number, lanes = lanesOf(state)): void {
  const sentence = notice.sentence.slice(0, LONGEST_SENTENCE);
  const asked = notice.asked?.slice(0, LONGEST_SENTENCE);
  if (lanes.length > 0) owe(state, { ...notice, sentence, asked, until: now + TRIED_MS }, lanes);
}

function reasonsOf(questions: readonly Question[]): string {
  return questions.map(({ reason }) => reason).join(' ');
}
