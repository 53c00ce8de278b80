import type { Question } from '../contract/question.ts';
import type { RolloutView } from '../contract/view.ts';

const LONGEST = 200;

/**
 * Id of the open question that a person means by it, or by whole parts of it: `refused/route`. What fits none is left to the
 * rollout, which refuses it, or knows the action already.
 * @throws RangeError too long, or several fit
 */
export function questionId(text: string, open: Question[] = []): string {
  if (text.length > LONGEST) throw new RangeError(`The id of a question has at most ${LONGEST} characters.`);
  const exact = open.filter(({ id }) => id === text);
  const fitting = exact.length > 0 ? exact : open.filter(({ id }) => `/${id}/`.includes(`/${text}/`));
  if (fitting.length < 2) return fitting[0]?.id ?? text;
  throw new RangeError(`"${text}" fits ${fitting.map(({ id }) => id).join(' and ')}.`);
}

/** What may be named instead, as a sentence with a space behind it; empty when nothing is asked. */
export function openQuestions(view: RolloutView | undefined): string {
  const ids = view?.questions.map(({ id }) => id) ?? [];
  return ids.length > 0 ? `Open questions: ${ids.join(', ')}. ` : '';
}
