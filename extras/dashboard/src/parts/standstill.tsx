import { type ApiRefusal, pathOf, type RolloutRow } from './data.ts';
import { NoWorker } from './heading.tsx';
import { badgeOf, stepText } from './list.ts';
import { RefusalNote, Time, Word } from './small.tsx';

export interface StandstillProps {
  row?: RolloutRow;
  refusal: ApiRefusal;
  /** Queues with no worker. */
  unpolled: string[];
}

/** Nobody can say how a rollout is: what Temporal's list still knows of it. */
export function Standstill({ row, refusal, unpolled }: StandstillProps) {
  return (
    <>
      {unpolled.length > 0 ? <NoWorker /> : <RefusalNote refusal={refusal} />}
      {row && (
        <>
          <h1>
            {row.namespace}/{row.plan}
          </h1>
          <p>
            <Word badge={badgeOf(row.state).badge}>{badgeOf(row.state).word}</Word> {row.rollout} {stepText(row.step)}
          </p>
          <p class="quiet">
            Started <Time at={row.startedAt} />. Last known, and maybe old. <a href={pathOf(row)}>Look again</a>
          </p>
        </>
      )}
    </>
  );
}
