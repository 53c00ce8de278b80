import type { Rollout } from 'sluice/server';
import type { FormKey } from './data.ts';

interface FieldsProps {
  view: Rollout;
  form: FormKey;
  /** The question that an answer is for. */
  question?: string;
  /** The step that it is meant for counts, too. */
  step?: boolean;
}

/** What the action is meant for, so that a stale button reaches nothing else. */
export function HiddenFields({ view, form, question, step }: FieldsProps) {
  const running = step && view.steps.find(({ state }) => state === 'running')?.name;
  const fields = {
    csrf: form.csrf,
    id: form.id,
    rollout: view.rollout ?? view.startedBy.delivery,
    revision: view.revision?.id,
    question,
    step: running || undefined,
  };
  return (
    <>
      {Object.entries(fields).map(
        ([name, value]) => value && <input key={name} type="hidden" name={name} value={value} />,
      )}
    </>
  );
}

export function ReasonField({ id, value }: { id: string; value?: string }) {
  return (
    <p class="field">
      <label for={id}>Reason (optional, kept in the record)</label>
      <input id={id} name="reason" maxLength={500} autocomplete="off" defaultValue={value} />
    </p>
  );
}
