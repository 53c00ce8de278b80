import { formatSpan, STEP_BADGES, type StepView } from 'sluice/contract';
import type { Rollout } from 'sluice/server';
import { span } from './data.ts';

interface StepsProps {
  view: Rollout;
  nowMs: number;
}

/** The checklist; each step with what it found, and an error under its own row. */
export function Steps({ view, nowMs }: StepsProps) {
  return (
    <section class="checklist" aria-labelledby="steps">
      <h2 id="steps">Checklist</h2>
      <ol>
        {view.steps.map((step) => (
          <Step key={step.name} step={step} view={view} nowMs={nowMs} />
        ))}
      </ol>
    </section>
  );
}

function Step({ step, view, nowMs }: StepsProps & { step: StepView }) {
  const held = step.state === 'running' && (view.state === 'paused' || view.state === 'needs-you');
  const { mark, style } = held ? { mark: '⏸', style: 'warn' } : STEP_BADGES[step.state];
  const took = step.startedAt && step.state !== 'skipped' && formatSpan(span(step.startedAt, step.endedAt, nowMs));
  const said = [wordOf(step, held), step.note].filter(Boolean).join(': ');
  return (
    <li class={step.state} aria-current={step.state === 'running' ? 'step' : undefined}>
      <span class={`mark ${style}`} aria-hidden="true">
        {mark}
      </span>
      <span class="number">{step.number}</span>
      <span class="title">{step.title}</span>
      <span class="took">{took}</span>
      <span class="said">
        {step.name === 'shift' && step.state === 'running' ? <Weights view={view} /> : said}
        {step.state === 'running' && view.live.waiting && <span class="waiting">{view.live.waiting}</span>}
      </span>
    </li>
  );
}

/** So that nothing hangs on a mark alone; what is done says what it found. */
function wordOf({ state }: StepView, held: boolean): string {
  if (held) return 'held';
  return { pending: 'to come', running: 'runs', done: 'done', skipped: 'skipped', failed: 'failed' }[state];
}

function Weights({ view: { weights, route } }: { view: Rollout }) {
  return (
    <span class="weights">
      {weights.map((weight) => {
        const [mark, word] =
          weight < route.canary ? ['✔', 'done'] : weight === route.canary ? ['▶', 'now'] : ['·', 'to come'];
        return (
          <span key={weight} class={weight === route.canary ? 'now' : ''}>
            {weight} % <span aria-hidden="true">{mark}</span>
            <span class="hidden"> {word}</span>
          </span>
        );
      })}
    </span>
  );
}
