/** Questions to people: opened, told once, closed by an answer or because they have become untrue. The only owner of the list. */
import { CancellationScope, log } from '@temporalio/workflow';
import type { Plan } from '../../contract/plan.ts';
import type { Answer, Question } from '../../contract/question.ts';
import { controlActivities } from '../activities.ts';
import type { RolloutState } from './state.ts';

/** What asking needs of a rollout. */
export interface Asking {
  readonly plan: Plan;
  readonly state: RolloutState;
  now(): string;
  say(sentence: string): void;
  showState(): void;
}

export type NewQuestion = Omit<Question, 'id' | 'since' | 'acknowledged'>;

/** An obstacle of the way back is one question, however its reason changes: a mail for each would say nothing new. */
const STEADY: readonly Question['kind'][] = ['refused', 'primary', 'routed'];

/** The open question of this kind about this object; it keeps its age and its id as long as its reason is the same. */
export function ask(run: Asking, asked: NewQuestion): Question {
  const open = openAbout(run, asked);
  if (open && (open.reason === asked.reason || STEADY.includes(asked.kind))) return Object.assign(open, asked);
  if (open) close(run, open);
  const question: Question = { ...asked, id: nextId(run, asked), since: run.now() };
  run.state.view.questions.push(question);
  run.say(`Needs you: ${question.reason}`);
  run.showState();
  tell(run);
  return question;
}

export function close(run: Asking, question: Pick<Question, 'id'>): void {
  const { view } = run.state;
  if (!isOpen(run, question)) return;
  view.questions = view.questions.filter(({ id }) => id !== question.id);
  run.showState();
}

export function isOpen({ state: { view } }: Asking, question: Pick<Question, 'id'>): boolean {
  return view.questions.some(({ id }) => id === question.id);
}

export function openAbout(
  { state: { view } }: Asking,
  { kind, object }: Pick<Question, 'kind' | 'object'>,
): Question | undefined {
  return view.questions.find((question) => question.kind === kind && question.object === object);
}

/** It has become untrue. */
export function closeAbout(run: Asking, about: Pick<Question, 'kind' | 'object'>): void {
  const open = openAbout(run, about);
  if (open) close(run, open);
}

/** Those that `answer` can end; approvals are ended by approve and reject. */
export function answerable({ state: { view } }: Asking, answer: Answer): Question[] {
  return view.questions.filter(({ answers }) => answers[answer] !== undefined);
}

function nextId(run: Asking, { kind, object }: NewQuestion): string {
  const { asked } = run.state;
  const about = `${run.state.view.rollout ?? run.plan.name}/${kind}/${object}`;
  asked[about] = (asked[about] ?? 0) + 1;
  return `${about}/${asked[about]}`;
}

/** Sends a notice without waiting for it: no channel may hold up a rollout. */
function tell(run: Asking): void {
  const notice = { plan: run.plan, view: run.state.view, topic: 'needs-you' } as const;
  CancellationScope.nonCancellable(() =>
    controlActivities('tell people that the rollout needs them').notify(notice),
  ).catch((error) => log.warn('notice not sent', { error: String(error) }));
}
