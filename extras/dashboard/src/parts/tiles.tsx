import { describeLimit, describeValue, isFinished, VERDICT_BADGES, verdictWord } from 'sluice/contract';
import type { Interval, Rollout } from 'sluice/server';
import { Chart } from './chart.tsx';
import { type CheckSeries, type ComparedSeries, checkSeries, comparedSeries, odds } from './evidence.ts';
import { Word } from './small.tsx';

/** A tile for each check, and one for the comparison. */
export function Tiles({ view, intervals }: { view: Rollout; intervals: readonly Interval[] }) {
  const checks = checkSeries(view, intervals);
  const compared = comparedSeries(view, intervals);
  return (
    <section class="evidence" aria-labelledby="evidence">
      <h2 id="evidence">Evidence</h2>
      <Counted view={view} />
      {checks.length === 0 && !compared && view.intervals.length === 0 && (
        <p class="quiet">No interval has begun yet: nothing is measured.</p>
      )}
      <div class="tiles">
        {checks.map((series) => (
          <CheckTile key={series.name} {...series} />
        ))}
        {compared && <ComparedTile {...compared} />}
      </div>
      <Intervals view={view} intervals={intervals} />
    </section>
  );
}

function Counted({ view }: { view: Rollout }) {
  const { failures } = view;
  const { interval } = view.live;
  const how = failures.consecutive ? ' in a row' : '';
  return (
    <p>
      {failures.count} of {failures.threshold} failed intervals{how}
      {isFinished(view) ? '.' : ' until it goes back.'}
      {interval &&
        ` This one: ${Math.round(interval.elapsedMs / 1000)} of ${Math.round(interval.durationMs / 1000)} s.`}
    </p>
  );
}

function CheckTile({ name, now, unfinished, chart }: CheckSeries) {
  return (
    <article class="tile">
      <h3>{name}</h3>
      <p class="figure">
        {describeValue(now)} <span class="quiet">limit {describeLimit(now)}</span>
      </p>
      <p>
        <Word badge={VERDICT_BADGES[now.verdict]}>{verdictWord(now.verdict)}</Word>
        <span class="quiet">
          {' '}
          {now.podsOnly ? 'pods only' : `n = ${Math.round(now.requests)}`}
          {unfinished && ', so far'}
        </span>
      </p>
      {now.value === undefined && <p class="quiet">{now.sentence}</p>}
      {chart.times.length > 0 && <Chart data={chart} />}
    </article>
  );
}

function ComparedTile({ comparison, failures, odds: evidence, enough }: ComparedSeries) {
  return (
    <article class="tile wide">
      <h3>canary beside primary</h3>
      <p class="figure">{saidOf(comparison)}</p>
      {enough && (
        <p>
          Not enough yet: {enough.requests} of about {enough.about.toLocaleString('en-US')} requests.
        </p>
      )}
      <p>{comparison.sentence}</p>
      <Goal word="worse" ln={comparison.lnAbort} at={comparison.lnAbortAt} />
      {!comparison.frozen && <Goal word="healthy" ln={comparison.lnPass} at={comparison.lnPassAt} />}
      {evidence.times.length > 0 && (
        <div class="pair">
          <Chart data={failures} />
          <Chart data={evidence} />
        </div>
      )}
    </article>
  );
}

function saidOf({ verdict, frozen }: ComparedSeries['comparison']): string {
  if (frozen) return 'Limits alone decide at this weight';
  if (verdict === 'abort') return 'The canary is worse';
  return verdict === 'pass' ? 'Proven healthy' : 'Not decided';
}

/** How far from nothing known to proven. */
function Goal({ word, ln, at }: { word: 'worse' | 'healthy'; ln: number; at: number }) {
  const share = Math.min(1, Math.max(0, ln / at));
  return (
    <p class="goal">
      <span class="label">{word}</span>
      <svg viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">
        <rect class="back" width="100" height="10" />
        <rect class={word} width={100 * share} height="10" />
      </svg>
      <span class="value">
        {odds(ln)} of {odds(at)}
      </span>
    </p>
  );
}

/** Every interval with its sentence; the view has them where the history was not read. */
function Intervals({ view, intervals }: { view: Rollout; intervals: readonly Interval[] }) {
  const rows = view.intervals.length > 0 ? view.intervals : intervals.map((one) => ({ ...one, at: one.to }));
  if (rows.length === 0) return null;
  return (
    <details>
      <summary>All {rows.length} intervals</summary>
      <ol class="intervals">
        {rows.map(({ at, stage, verdict, sentence, ...more }) => (
          <li key={at}>
            <strong>{stage}</strong>{' '}
            <Word badge={VERDICT_BADGES[verdict]}>{verdictWord(verdict, 'podsOnly' in more && more.podsOnly)}</Word>{' '}
            {sentence}
          </li>
        ))}
      </ol>
    </details>
  );
}
