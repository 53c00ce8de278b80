/** What a mirror's two sides answered, from Prometheus. */

import { evidence, type MirrorNumbers } from '../../contract/mirror.ts';
import type { MirrorMeasureInput, MirrorTarget } from '../../contract/mirror-activities.ts';
import { LONGEST_LAG_MS } from '../../contract/time-limits.ts';
import { MirrorSeries } from '../../metrics/mirror-series.ts';
import type { OpenMetrics } from '../../metrics/prometheus.ts';
import { type ActivityRun, beating } from '../support/activity.ts';
import { sleep } from '../support/sleep.ts';

/** Longest wait for a Prometheus that does not answer, ms. */
const ANSWER_MS = 20_000;

export interface MirrorNumbersDeps {
  prometheus: OpenMetrics;
}

export function openSeries({ prometheus }: MirrorNumbersDeps, input: MirrorTarget & { since: string }): MirrorSeries {
  return new MirrorSeries(prometheus(input.spec), input.placement, Date.parse(input.since));
}

export function numbersOf(
  series: MirrorSeries,
  { spec, placement }: MirrorTarget,
  from: string,
  to: string,
): MirrorNumbers {
  const { live, copies, problem } = series;
  const seen = { ...(live ? { live } : {}), ...(copies ? { copies } : {}) };
  return { from, to, ...seen, evidence: evidence(spec, seen, placement.external, problem) };
}

/** The numbers of the whole mirror, once it is off: live requests up to then, copies as late as they are scraped. */
export async function measureMirror(
  deps: MirrorNumbersDeps,
  input: MirrorMeasureInput,
  run: ActivityRun,
): Promise<MirrorNumbers> {
  // Long mirrors take many questions.
  return beating(
    run,
    () => 'counting what both sides answered',
    () => measure(deps, input, run),
  );
}

async function measure(deps: MirrorNumbersDeps, input: MirrorMeasureInput, run: ActivityRun): Promise<MirrorNumbers> {
  const { since, until } = input;
  const series = openSeries(deps, input);
  const toMs = Date.parse(until);
  const startMs = Date.now();
  let begun = await series.readTo(toMs, run.signal);
  while (
    !(begun && (await series.readCopies(toMs, run.signal))) &&
    Date.now() < startMs + (begun ? LONGEST_LAG_MS : ANSWER_MS)
  ) {
    await sleep(1_000, run.signal);
    begun ||= await series.readTo(toMs, run.signal);
  }
  return numbersOf(series, input, since, until);
}
