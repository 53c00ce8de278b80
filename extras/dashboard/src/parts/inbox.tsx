import { formatSpan } from 'sluice/contract';
import type { Rollout } from 'sluice/server';
import { type ApiRefusal, type FormKey, pathOf, type RolloutRow, span } from './data.ts';
import { Decision } from './decision.tsx';
import { badgeOf, GROUPS, type GroupName, inGroup, type RowFilter, stepText } from './list.ts';
import { RefusalNote, Rows, Word } from './small.tsx';

export interface ListPageProps {
  /** In the order of the page. */
  rows: RolloutRow[];
  /** What waits for a person, with its questions, the longest first. */
  asking: Rollout[];
  /** By group, of everything that may be seen. */
  counts: Record<GroupName, number>;
  filter: RowFilter;
  /** Rows that came since the page was made. */
  fresh: number;
  unpolled: string[];
  form: FormKey;
  nowMs: number;
  /** Not the newest: nothing comes in here. */
  older?: boolean;
  /** Where older ones are. */
  next?: string;
  refusal?: ApiRefusal;
}

/** Screen one: what needs you, and everything else. */
export function ListPage({ rows, asking, counts, filter, fresh, unpolled, form, nowMs, next, refusal }: ListPageProps) {
  return (
    <>
      {refusal && <RefusalNote refusal={refusal} />}
      {unpolled.length > 0 && (
        <div class="note bad" role="alert">
          <p>
            <strong>
              <span aria-hidden="true">⚠</span> No Sluice worker is polling {unpolled.join(', ')}.
            </strong>{' '}
            Rollouts there stand still, traffic stays as it is. Nothing is lost; they go on by themselves when a worker
            is back.
          </p>
        </div>
      )}
      <h1>{asking.length > 0 ? 'Needs you' : 'Rollouts'}</h1>
      {asking.map((view) => (
        <article key={view.rollout ?? view.plan}>
          <p>
            <a href={pathOf(view)}>
              {view.namespace}/{view.plan}
            </a>{' '}
            {view.sentence}
          </p>
          {view.questions.map((question) => (
            <Decision key={question.id} view={view} question={question} form={form} nowMs={nowMs} />
          ))}
        </article>
      ))}
      {asking.length > 0 && <h2>Rollouts</h2>}
      <Counters counts={counts} filter={filter} />
      <Search filter={filter} />
      {fresh > 0 && (
        <p>
          <a class="button" href={addressOf(filter)}>
            {fresh} new: show
          </a>
        </p>
      )}
      {rows.length > 0 ? (
        <Rows label="Rollouts" columns={['State', 'Plan', 'Rollout', 'Step', 'Since', 'Revision']}>
          {rows.map((row) => (
            <ListRow key={row.runId} row={row} nowMs={nowMs} />
          ))}
        </Rows>
      ) : (
        <Nothing filter={filter} />
      )}
      {next && (
        <p>
          <a href={addressOf(filter, next)}>Older ones</a>
        </p>
      )}
    </>
  );
}

function Counters({ counts, filter }: Pick<ListPageProps, 'counts' | 'filter'>) {
  return (
    <ul class="counters">
      {(Object.keys(GROUPS) as GroupName[]).map((group) => (
        <li key={group}>
          <a
            href={addressOf({ ...filter, state: filter.state === group ? undefined : group })}
            aria-current={filter.state === group ? 'true' : undefined}
          >
            {GROUPS[group].word} <strong>{counts[group]}</strong>
          </a>
        </li>
      ))}
    </ul>
  );
}

/** The state of the list is in its address. */
function addressOf({ state, q }: RowFilter, page?: string): string {
  const query = new URLSearchParams({ ...(state && { state }), ...(q && { q }), ...(page && { page }) });
  return query.size > 0 ? `/?${query}` : '/';
}

function Search({ filter: { state, q } }: { filter: RowFilter }) {
  return (
    <search>
      <form class="search" action="/">
        <label for="q">Search</label>
        <input id="q" name="q" type="search" defaultValue={q} placeholder='name, !not, "exact", ns:demo, step:shift' />
        {state && <input type="hidden" name="state" value={state} />}
        <button type="submit">Search</button>
      </form>
    </search>
  );
}

function ListRow({ row, nowMs }: { row: RolloutRow; nowMs: number }) {
  const { badge, word } = badgeOf(row.state);
  return (
    <tr class={inGroup(row, 'needs-you') ? 'asks' : undefined}>
      <td>
        <Word badge={badge}>{word}</Word>
      </td>
      <th scope="row">
        <a href={`${pathOf(row)}?run=${row.runId}`}>
          {row.cluster === 'local' ? '' : `${row.cluster} `}
          {row.namespace}/{row.plan}
        </a>
      </th>
      <td>{row.rollout}</td>
      <td>{stepText(row.step)}</td>
      <td>{formatSpan(span(row.endedAt ?? row.startedAt, undefined, nowMs))}</td>
      <td>
        <code>{row.revision}</code>
      </td>
    </tr>
  );
}

function Nothing({ filter }: { filter: RowFilter }) {
  if (filter.state || filter.q)
    return (
      <p>
        No rollouts match {filter.state && `"${GROUPS[filter.state].word}"`} {filter.q}. <a href="/">Clear</a>
      </p>
    );
  return (
    <p>
      Nothing was rolled out yet that you may see. To begin: <code>sluice run PLAN.yaml --image NAME:TAG</code>, or send
      a deploy event to <code>/hooks/deploy</code>.
    </p>
  );
}
