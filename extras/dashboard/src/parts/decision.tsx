import { askedText, effectsOf, formatSpan, type Question, sentenceCase } from 'sluice/contract';
import type { Rollout } from 'sluice/server';
import { type FormKey, pathOf, span } from './data.ts';
import { HiddenFields, ReasonField } from './form.tsx';
import { Mark } from './small.tsx';
import { offeredBy } from './verbs.ts';

interface DecisionProps {
  view: Rollout;
  question: Question;
  form: FormKey;
  nowMs: number;
}

/** What is asked and approved, and what yes, no and silence do. Each answer is a button that names its consequence. */
export function Decision({ view, question, form, nowMs }: DecisionProps) {
  const id = `q-${question.id.replaceAll(/[^\w-]/g, '-')}`;
  const named = effectsOf(question);
  return (
    <section class="decision" aria-labelledby={id}>
      <h2 id={id}>
        <Mark mark="✋" /> {view.plan} needs you for {formatSpan(span(question.since, undefined, nowMs))}
      </h2>
      <p class="asked">{askedText(question)}</p>
      {question.gate && <Gate gate={question.gate} view={view} />}
      <form method="post" action={`${pathOf(view)}/actions`}>
        <HiddenFields view={view} form={form} question={question.id} />
        <dl>
          {named.map(([answer, effect]) => (
            <div key={answer}>
              <dt>
                <Answer answer={answer} question={question} view={view} />
              </dt>
              <dd>{effect}</dd>
            </div>
          ))}
        </dl>
        <ReasonField id={`${id}-reason`} />
        {!question.acknowledged && (
          <button type="submit" class="plain" name="do" value="acknowledge">
            I have seen it
          </button>
        )}
      </form>
    </section>
  );
}

function Answer({ answer, question, view }: { answer: string; question: Question; view: Rollout }) {
  if (answer === 'no answer') return <>No answer</>;
  if (answer === 'abort') return <Back verb={question.gate ? 'reject' : 'abort'} view={view} />;
  const value = question.gate ? answer : `answer ${answer}`;
  return (
    <button type="submit" class="go" name="do" value={value}>
      {question.gate ? `Approve ${question.gate.name}` : sentenceCase(answer.replaceAll('-', ' '))}
    </button>
  );
}

/** Asks first, where it can be done at all. */
function Back({ verb, view }: { verb: 'reject' | 'abort'; view: Rollout }) {
  const label = sentenceCase(verb);
  if (!offeredBy(view).asked.includes(verb)) return <>{label}</>;
  return (
    <a class="button danger" href={`${pathOf(view)}?ask=${verb}#${verb}`} data-dialog={verb}>
      {label} and roll back …
    </a>
  );
}

/** Who may say yes, and to what. */
function Gate({ gate, view }: { gate: NonNullable<Question['gate']>; view: Rollout }) {
  const left = gate.count - gate.approved.length;
  const from = gate.from.length > 0 ? gate.from.join(', ') : 'anybody who proves who they are';
  return (
    <>
      <p>
        Asked of {from}; {left} more needed.
      </p>
      <table class="changes">
        <caption>What is approved</caption>
        <tbody>
          {changesOf(view).map(({ what, before, after, word }) => (
            <tr key={what}>
              <th scope="row">{what}</th>
              <td>
                <strong class={word.toLowerCase()}>{word}</strong>{' '}
                {before && after && before !== after ? `${before} → ${after}` : (after ?? before)}
              </td>
            </tr>
          ))}
          {passed(view).map(({ title, note }) => (
            <tr key={title}>
              <th scope="row">{title}</th>
              <td>
                <strong class="unchanged">PASSED</strong> {note}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </>
  );
}

interface Change {
  what: string;
  before?: string;
  after?: string;
  word: 'CHANGED' | 'NEW' | 'REMOVED' | 'UNCHANGED';
}

/** The image, then every piece of configuration. */
function changesOf({ revision, previous }: Pick<Rollout, 'revision' | 'previous'>): Change[] {
  const images = compare('image', previous?.image, revision?.image);
  const key = ({ kind, name }: { kind: string; name: string }) => `${kind} ${name}`;
  const before = new Map((previous?.config ?? []).map((one) => [key(one), one.hash]));
  const after = new Map((revision?.config ?? []).map((one) => [key(one), one.hash]));
  const names = [...new Set([...before.keys(), ...after.keys()])].toSorted();
  const configs = names.map((name) => {
    const { word } = compare(name, before.get(name), after.get(name));
    return { what: name, word };
  });
  return [images, ...configs];
}

function compare(what: string, before: string | undefined, after: string | undefined): Change {
  const word =
    before === after ? 'UNCHANGED' : before === undefined ? 'NEW' : after === undefined ? 'REMOVED' : 'CHANGED';
  return { what, before, after, word };
}

const PROOFS = ['acceptance', 'load', 'check'];

function passed({ steps }: Rollout) {
  return steps.filter(({ name, state, note }) => PROOFS.includes(name) && state === 'done' && note);
}
