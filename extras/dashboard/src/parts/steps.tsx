import { formatSpan, STEP_BADGES, type StepView } from 'sluice/contract';
import type { Rollout } from 'sluice/server';
import { span } from './data.ts';
import { Mark } from './small.tsx';

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
  return (
    <li class={step.state} aria-current={step.state === 'running' ? 'step' : undefined}>
      <span class={`mark ${style}`}>
        <Mark mark={mark} />
      </span>
      <span class="number">{step.number}</span>
      <span class="title">{step.title}</span>
      <span class="took">{took}</span>
      <span class="said">
        <Said step={step} held={held} />
        {step.name === 'shift' && step.state === 'running' && <Weights view={view} />}
        {step.state === 'running' && view.live.waiting && <span class="waiting">{view.live.waiting}</span>}
      </span>
    </li>
  );
}

const WORDS = { pending: 'to come', running: 'runs', done: 'done', skipped: 'skipped', failed: 'failed' };

/** The word is heard always, and seen where the step did not go as it should. */
function Said({ step: { state, note }, held }: { step: StepView; held: boolean }) {
  const word = held ? 'held' : WORDS[state];
  const plain = !held && state !== 'failed' && state !== 'skipped';
  return (
    <>
      <span class={plain ? 'hidden' : ''}>
        {word}
        {note && ': '}
      </span>
      {note}
    </>
  );
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
