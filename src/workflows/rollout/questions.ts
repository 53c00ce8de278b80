/** Questions to people: opened, closed by an answer or because they have become untrue, each of which people are told. The only owner of the list. */
import type { Plan } from '../../contract/plan.ts';
import type { Answer, Question } from '../../contract/question.ts';
import type { RolloutNews } from './news.ts';
import type { RolloutState } from './state.ts';

/** What asking needs of a rollout. */
export interface Asking {
  readonly plan: Plan;
  readonly state: RolloutState;
  readonly news: Pick<RolloutNews, 'tell'>;
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
  run.news.tell();
  return question;
}

/** @param how who did what; absent: it has become untrue */
export function close(run: Asking, { id }: Pick<Question, 'id'>, how?: string): void {
  const { view } = run.state;
  if (!isOpen(run, { id })) return;
  view.questions = view.questions.filter((question) => question.id !== id);
  run.showState();
  run.news.tell({ id, how });
}

/** Who has approved it, when enough people have. */
export function approvalOf({ gate }: Question): string | undefined {
  return gate && gate.approved.length >= gate.count ? `approved by ${gate.approved.join(', ')}` : undefined;
}

export function closeAll(run: Asking, how: string, but: (question: Question) => boolean = () => false): void {
  for (const question of run.state.view.questions) if (!but(question)) close(run, question, how);
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
