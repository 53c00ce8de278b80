import { describeChange, formatSpan, isFinished } from 'sluice/contract';
import type { Rollout } from 'sluice/server';
import { pathOf, span } from './data.ts';
import { StateWord, Time } from './small.tsx';

/** State, service and change; then one sentence: what happens, why, and what comes next. */
export function Heading({ view, stands, nowMs }: { view: Rollout; stands: boolean; nowMs: number }) {
  const why = view.outcome?.reason;
  const { source, by, reason } = view.startedBy;
  return (
    <header class="heading">
      {stands && <NoWorker canary={view.route.canary} />}
      {view.run.status === 'lost' && <Lost trouble={view.run.trouble} />}
      {view.run.readAt && (
        <p class="note warn">
          Nobody answers{view.run.trouble && ` (${view.run.trouble})`}: this is how it stood{' '}
          <Time at={view.run.readAt} />.
        </p>
      )}
      <p class="kicker">
        <StateWord of={view} />
        <span>{formatSpan(span(view.startedAt, view.endedAt, nowMs))}</span>
        {view.rollout && <span>{view.rollout}</span>}
        {view.cluster !== 'local' && <span>cluster {view.cluster}</span>}
        <a href={`${pathOf(view)}/history`}>History of {view.plan}</a>
      </p>
      <h1>
        {view.namespace}/{view.plan} <span class="change">{describeChange(view)}</span>
      </h1>
      <p class="sentence">
        {view.sentence} {why && !view.sentence.includes(why) && why}
      </p>
      <p class="quiet">
        Started <Time at={view.startedAt} /> by {[by, source].filter(Boolean).join(' · ')}
        {reason && `: ${reason}`}
      </p>
      {view.paused && !isFinished(view) && (
        <p class="note warn">
          Paused by {view.paused.by} for {formatSpan(span(view.paused.since, undefined, nowMs))}
          {view.paused.reason && `: ${view.paused.reason}`}. Checks go on and can still abort.
        </p>
      )}
      {view.closed && (
        <p class="note">
          Outside its hours: {view.closed.reason}.{' '}
          {view.closed.until && (
            <>
              They begin again <Time at={view.closed.until} />.
            </>
          )}
        </p>
      )}
      {view.problems.map(({ where, problem, remedy }) => (
        <p class="note bad" key={where + problem}>
          <strong>{where}</strong>: {problem} What would be right: {remedy}
        </p>
      ))}
      {view.warnings.map((text) => (
        <p class="note warn" key={text}>
          <span aria-hidden="true">⚠</span> {text}
        </p>
      ))}
    </header>
  );
}

/** Nothing brings it to its end any more. */
function Lost({ trouble }: { trouble: string | undefined }) {
  return (
    <div class="note bad" role="alert">
      <p>
        <strong>The workflow of this rollout is gone</strong>
        {trouble && ` (${trouble})`}: users stay where the route sends them.
      </p>
      <p>
        What to do: <code>sluice reconcile --repair</code> brings it to rest.
      </p>
    </div>
  );
}

/** The machinery, and not the release, is in trouble. */
export function NoWorker({ canary }: { canary?: number }) {
  return (
    <div class="note bad" role="alert">
      <p>
        <strong>
          <span aria-hidden="true">⚠</span> No Sluice worker is polling.
        </strong>{' '}
        Traffic stays {canary === undefined ? 'as it is' : `at ${canary} % on the canary`}. Nothing is lost; it goes on
        by itself when a worker is back.
      </p>
      <p>
        What to check: <code>sluice workers</code> says which queue nobody serves.
      </p>
    </div>
  );
}
