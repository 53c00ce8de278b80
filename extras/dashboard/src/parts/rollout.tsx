import { isFinished } from 'sluice/contract';
import { Activity, Links } from './activity.tsx';
import type { ApiRefusal, FormKey, RolloutData } from './data.ts';
import { Decision } from './decision.tsx';
import { Heading } from './heading.tsx';
import { RefusalNote } from './small.tsx';
import { Steering } from './steering.tsx';
import { Steps } from './steps.tsx';
import { Tiles } from './tiles.tsx';
import { Traffic } from './traffic.tsx';

export interface RolloutPageProps extends RolloutData {
  form: FormKey;
  nowMs: number;
  ask?: string;
  refusal?: ApiRefusal;
  /** An action that was sent: its verb and id. Sent is not done. */
  sent?: { verb: string; id: string };
}

/** Screen two: one rollout. The order is that of importance. */
export function RolloutPage({ rollout: view, intervals, unpolled, form, nowMs, ask, refusal, sent }: RolloutPageProps) {
  const stands = !isFinished(view) && (unpolled ?? []).some((queue) => isOf(queue, view.cluster));
  return (
    <>
      {refusal && <RefusalNote refusal={refusal} />}
      {sent && <Sent {...sent} done={view.actions.some(({ id }) => id.endsWith(`/${sent.id}`))} />}
      <Heading view={view} stands={stands} nowMs={nowMs} />
      {!isFinished(view) &&
        view.questions.map((question) => (
          <Decision key={question.id} view={view} question={question} form={form} nowMs={nowMs} />
        ))}
      <Traffic view={view} />
      <div class="columns">
        <Steps view={view} nowMs={nowMs} />
        <div>
          <Tiles view={view} intervals={intervals} />
          <Activity view={view} />
        </div>
      </div>
      <Links view={view} />
      <Steering view={view} form={form} ask={ask} />
    </>
  );
}

/** Of the workflows, or of this cluster: `sluice`, `sluice.eu`, `sluice.eu.wait`. */
function isOf(queue: string, cluster: string): boolean {
  return ['sluice', `sluice.${cluster}`, `sluice.${cluster}.wait`].includes(queue);
}

function Sent({ verb, done }: { verb: string; done: boolean }) {
  return (
    <p class={done ? 'note good' : 'note'} role="status">
      {done ? `${verb}: the rollout has taken it.` : `${verb} is requested. It is done when this page says so.`}
    </p>
  );
}
