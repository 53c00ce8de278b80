/** From a form to an action of the API. */
import { type AskedAction, RefusedByApi } from './ask-api.ts';
import type { Place } from './place.ts';

const FIELDS = ['reason', 'rollout', 'revision', 'step', 'question'];

/**
 * @returns what is asked, and what proves the form to be ours; the API looks at both
 * @throws RefusedByApi when the name that was to be typed is another
 */
export function readForm(form: FormData, { plan }: Place): { action: AskedAction; csrf?: string } {
  const text = (name: string) => {
    const value = form.get(name);
    return typeof value === 'string' && value !== '' ? value : undefined;
  };
  if (form.has('confirm') && text('confirm')?.trim() !== plan)
    throw new RefusedByApi(422, {
      title: 'Nothing was done: the name that you typed is another one.',
      remedy: `type ${plan}`,
    });
  const [verb = '', answer] = (text('do') ?? '').split(' ');
  const weight = text('weight');
  const action: AskedAction = {
    id: text('id') ?? crypto.randomUUID(),
    verb,
    answer,
    ...Object.fromEntries(FIELDS.map((name) => [name, text(name)])),
    weight: weight === undefined || verb !== 'set-weight' ? undefined : Number(weight),
  };
  return { action, csrf: text('csrf') };
}
