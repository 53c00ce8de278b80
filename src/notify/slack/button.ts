/** Buttons of a rollout's message: each carries the rollout and the question that it is for, whenever it is pressed. */
import type { Button } from '@slack/types';
import { type Action, type ActionVerb, VERBS } from '../../contract/action.ts';
import type { Question } from '../../contract/question.ts';
import { sentenceCase } from '../../contract/words.ts';
import { plain } from './text.ts';

/** What a button asks, and of which rollout. */
export interface Pressed extends Pick<Action, 'verb' | 'question' | 'answer'> {
  cluster: string;
  namespace: string;
  plan: string;
  rollout: string;
}

const LONGEST_VALUE = 2_000;

/** Everything else can be taken back, or only goes on. */
const CONFIRMED: readonly string[] = ['abort', 'reject', 'overwrite', 'leave-it', 'return-now', 'scale-down', 'drop'];
const STYLES: Partial<Record<ActionVerb, Button['style']>> = { abort: 'danger', reject: 'danger', approve: 'primary' };

/** What stands on the button of a verb or an answer. */
export function wordOf(what: string): string {
  return sentenceCase(what.replaceAll('-', ' '));
}

/** @param effect what it does, in words  @returns nothing when it could not be carried */
export function button({ verb, ...about }: Pressed, effect = ''): Button[] {
  const what = about.answer ?? verb;
  const value = JSON.stringify(about);
  if (value.length > LONGEST_VALUE) return [];
  const word = wordOf(what);
  const confirm = {
    title: plain(`${word} ${about.plan}?`, 100),
    text: plain(`${about.namespace}/${about.plan}, ${about.rollout}: ${effect}.`, 300),
    confirm: plain(word, 30),
    deny: plain('Not now', 30),
  };
  const style = STYLES[verb];
  const more = { ...(style && { style }), ...(CONFIRMED.includes(what) && { confirm }) };
  return [{ type: 'button', text: plain(word, 75), action_id: `${verb}:${what}`, value, ...more }];
}

/** All that may be answered to a question. */
export function questionButtons(on: Omit<Pressed, 'verb'>, question: Question): Button[] {
  const { gate, answers, acknowledged, onAbort, id } = question;
  const about = { ...on, question: id };
  const given = Object.entries(answers) as [NonNullable<Pressed['answer']>, string][];
  return [
    ...(gate ? [...button({ ...about, verb: 'approve' }), ...button({ ...about, verb: 'reject' }, onAbort)] : []),
    ...given.flatMap(([answer, effect]) => button({ ...about, verb: 'answer', answer }, effect)),
    ...(acknowledged ? [] : button({ ...about, verb: 'acknowledge' })),
  ];
}

/** @returns undefined for what is no button of ours */
export function readButton(actionId: string, value: string): Pressed | undefined {
  const verb = VERBS.find((one) => one === actionId.split(':')[0]);
  try {
    const about = JSON.parse(value);
    const names = [about.cluster, about.namespace, about.plan, about.rollout];
    return verb && names.every((name) => typeof name === 'string' && name !== '') ? { ...about, verb } : undefined;
  } catch {
    return undefined;
  }
}
