import { formatSpan } from 'sluice/contract';
import type { PastRollout } from 'sluice/server';
import { pathOf } from './data.ts';
import { badgeOf } from './list.ts';
import { Mark, Rows, Time, Word } from './small.tsx';
import { HOW_COUNTED, type Spared } from './spared.ts';

interface PastOne extends PastRollout {
  spared?: Spared;
}

export interface HistoryPageProps {
  place: { cluster: string; namespace: string; plan: string };
  /** Newest first. */
  past: PastOne[];
  nowMs: number;
  next?: string;
}

/** Screen three: what became of the rollouts of a plan. */
export function HistoryPage({ place, past, nowMs, next }: HistoryPageProps) {
  const title = `History of ${place.namespace}/${place.plan}`;
  return (
    <>
      <h1>{title}</h1>
      {past.length === 0 ? (
        <p>
          Nothing was rolled out by this plan yet. To begin: <code>sluice run PLAN.yaml --image NAME:TAG</code>
        </p>
      ) : (
        <>
          <Strip past={past} />
          <Figures past={past} />
          <Rows label={title} columns={['Outcome', 'Rollout', 'Began', 'Why', 'Image', 'Took', 'Started by', 'Spared']}>
            {past.map((one) => (
              <PastRow key={one.runId} one={one} nowMs={nowMs} />
            ))}
          </Rows>
        </>
      )}
      {next && (
        <p>
          <a href={`${pathOf(place)}/history?page=${encodeURIComponent(next)}`}>Older ones</a>
        </p>
      )}
    </>
  );
}

/** One mark for each, oldest at the left. */
function Strip({ past }: { past: PastOne[] }) {
  return (
    <ol class="strip" aria-label="Outcomes, oldest first">
      {past.toReversed().map((one) => {
        const { badge, word } = badgeOf(one.state);
        return (
          <li key={one.runId}>
            <a
              href={runPath(one)}
              class={badge.style}
              title={`${one.rollout ?? one.plan}: ${word}. ${one.outcome?.reason ?? ''}`}
            >
              <Mark mark={badge.mark} />
              <span class="hidden">
                {one.rollout} {word}
              </span>
            </a>
          </li>
        );
      })}
    </ol>
  );
}

function Figures({ past }: { past: PastOne[] }) {
  const ended = past.filter(({ endedAt }) => endedAt);
  const promoted = ended.filter(({ state }) => state === 'promoted');
  const counted = past.flatMap(({ spared }) => (spared ? [spared] : []));
  const sum = (of: keyof Spared) => counted.reduce((total, one) => total + one[of], 0).toLocaleString('en-US');
  const median = medianOf(
    promoted.map(({ startedAt, endedAt = startedAt }) => Date.parse(endedAt) - Date.parse(startedAt)),
  );
  return (
    <dl class="figures">
      <div>
        <dt>Promoted</dt>
        <dd>
          {promoted.length} of {ended.length}
        </dd>
      </div>
      {median !== undefined && (
        <div>
          <dt>Median duration</dt>
          <dd>{formatSpan(median)}</dd>
        </div>
      )}
      <div>
        <dt>Users spared</dt>
        <dd>
          {counted.length > 0 ? `${sum('spared')} requests` : 'none to count'}
          {counted.length > 0 && <span class="quiet"> and {sum('hit')} failed on canaries</span>}
          <details>
            <summary>How it is counted</summary>
            <p>{HOW_COUNTED}</p>
          </details>
        </dd>
      </div>
    </dl>
  );
}

function medianOf(values: readonly number[]): number | undefined {
  return values.toSorted((a, b) => a - b)[Math.floor((values.length - 1) / 2)];
}

function PastRow({ one, nowMs }: { one: PastOne; nowMs: number }) {
  const { badge, word } = badgeOf(one.state);
  return (
    <tr>
      <td>
        <Word badge={badge}>{word}</Word>
      </td>
      <th scope="row">
        <a href={runPath(one)}>{one.rollout ?? one.plan}</a>
      </th>
      <td>
        <Time at={one.startedAt} />
      </td>
      <td>{one.outcome?.reason}</td>
      <td>{one.image}</td>
      <td>{formatSpan((one.endedAt ? Date.parse(one.endedAt) : nowMs) - Date.parse(one.startedAt))}</td>
      <td>
        {one.by}
        {one.reason && `: ${one.reason}`}
      </td>
      <td>{one.spared?.spared.toLocaleString('en-US')}</td>
    </tr>
  );
}

function runPath(one: PastOne): string {
  return `${pathOf(one)}?run=${one.runId}`;
}
