import type { Rollout } from 'sluice/server';
import { type FormKey, pathOf } from './data.ts';
import { HiddenFields, ReasonField } from './form.tsx';
import { type AskedVerb, consequenceOf, needsName, offeredBy } from './verbs.ts';

interface SteeringProps {
  view: Rollout;
  form: FormKey;
  /** The dialog that is open without a script. */
  ask?: string;
}

const LABELS = {
  pause: 'Pause',
  resume: 'Resume',
  approve: 'Go on outside its hours',
  promote: 'Promote …',
  'set-weight': 'Set weight …',
  abort: 'Abort and roll back …',
};

/** The bar of actions, and their dialogs. */
export function Steering({ view, form, ask }: SteeringProps) {
  const { direct, asked } = offeredBy(view);
  if (direct.length + asked.length === 0) return null;
  // what a question asks is answered there
  const onBar = asked.filter((verb) => verb !== 'reject');
  const path = pathOf(view);
  return (
    <section class="steering" aria-label="Steer">
      <form method="post" action={`${path}/actions`}>
        <HiddenFields view={view} form={form} />
        {direct.map((verb) => (
          <button type="submit" key={verb} name="do" value={verb} data-key={verb === 'approve' ? undefined : 'p'}>
            {LABELS[verb]}
          </button>
        ))}
        {onBar.map((verb) => (
          <a
            key={verb}
            class={verb === 'abort' ? 'button danger' : 'button'}
            href={`${path}?ask=${verb}#${verb}`}
            data-dialog={verb}
            data-key={verb === 'abort' ? 'a' : undefined}
          >
            {LABELS[verb]}
          </a>
        ))}
        {direct.includes('pause') && <p class="quiet">A pause stops progress. Checks go on and can still abort.</p>}
      </form>
      {asked.map((verb) => (
        <Ask key={verb} verb={verb} view={view} form={form} open={ask === verb} />
      ))}
    </section>
  );
}

/** Begins on Cancel; without a script it is open in the page. */
function Ask({ verb, view, form, open }: { verb: AskedVerb; view: Rollout; form: FormKey; open: boolean }) {
  const { title, happens, goesOn, button, danger } = consequenceOf(verb, view);
  const gate = view.questions.find((question) => question.gate);
  return (
    <dialog id={verb} open={open} aria-labelledby={`${verb}-title`}>
      <form method="post" action={`${pathOf(view)}/actions`}>
        <HiddenFields
          view={view}
          form={form}
          question={verb === 'reject' ? gate?.id : undefined}
          step={!danger || verb === 'promote'}
        />
        <h2 id={`${verb}-title`}>{title}</h2>
        <h3>What happens</h3>
        <ol>
          {happens.map((text) => (
            <li key={text}>{text}</li>
          ))}
        </ol>
        <h3>What does not stop</h3>
        <ul>
          {goesOn.map((text) => (
            <li key={text}>{text}</li>
          ))}
        </ul>
        {verb === 'set-weight' && (
          <p class="field">
            <label for="weight">Percent of the users, 1 to 100</label>
            <input id="weight" name="weight" type="number" min={1} max={100} required />
          </p>
        )}
        {needsName(verb, view) && (
          <p class="field">
            <label for={`${verb}-name`}>Type {view.plan} to confirm</label>
            <input id={`${verb}-name`} name="confirm" required autocomplete="off" />
          </p>
        )}
        <ReasonField id={`${verb}-reason`} value={`${verb} by ${form.name}`} />
        <p class="buttons">
          <a class="button" href={pathOf(view)} data-close autofocus>
            Cancel
          </a>
          <button type="submit" class={danger ? 'danger' : 'go'} name="do" value={verb}>
            {button}
          </button>
        </p>
      </form>
    </dialog>
  );
}
