import type { SamplesSoFar } from '../contract/slice.ts';
import { durationTotals, leaverTotals, requestTotals } from './arm-counts.ts';
import { type Begin, Figure } from './figure.ts';
import { ARMS, type Arm, type SeriesTarget, SOURCE_LABELS, sourceRequests } from './istio-series.ts';
import { ARM, leaverDurations, podDurations, podRequests, REPORTER } from './pod-series.ts';
import type { SeriesFamily } from './request-queries.ts';

export interface FigureWishes {
  stage: 'mirror' | 'live';
  family: SeriesFamily;
  /** `pod-template-hash` of the revision. */
  podHash: string;
  /** Ask for answer times too. */
  durations: boolean;
  /** Longest answer time that the plan allows, ms: a caller who waited longer before he left has met a failure. */
  longestMs?: number;
  /** What the slice before has seen. Absent: this is the first. */
  soFar?: SamplesSoFar;
}

/** What is asked in an interval; absent: the plan does not need it, or the family has no such series. */
export interface IntervalFigures {
  requests: Figure;
  durations: Figure | undefined;
  sources: Figure | undefined;
  /** How long the callers who left had waited. */
  leavers: Figure | undefined;
}

/** @param arms whose answer times are wanted */
export function intervalFigures(
  target: SeriesTarget,
  { stage, family, podHash, durations, longestMs, soFar }: FigureWishes,
  arms: readonly Arm[],
  begin: Begin,
): IntervalFigures {
  const asked = { family, target, podHash };
  const byPod = { scrapedBy: family.pod, arm: ARM };
  // callers leave both arms: the primary's requests are counted where nothing else is compared, too
  const requests = new Figure(
    {
      ...byPod,
      query: (window) => podRequests(asked, ARMS, window),
      labels: [ARM, family.pod, ...family.labels],
      totals: requestTotals,
    },
    { ...begin, seen: 'canary' },
  );
  const times = new Figure(
    {
      ...byPod,
      query: (window) => podDurations(asked, arms, window),
      labels: [ARM, family.pod, 'le'],
      totals: durationTotals,
    },
    begin,
  );
  const waits = new Figure(
    {
      ...byPod,
      query: (window) => leaverDurations(asked, arms, window),
      labels: [ARM, REPORTER, 'le'],
      totals: (grown) => leaverTotals(grown, longestMs ?? Number.POSITIVE_INFINITY, family.msPerUnit),
    },
    begin,
  );
  const callers = new Figure(
    { query: (window) => sourceRequests(target, window), labels: SOURCE_LABELS, scrapedBy: 'destination_workload' },
    begin,
  );
  const figures = {
    requests,
    durations: durations && family.durations ? times : undefined,
    sources: stage === 'live' && family.sources ? callers : undefined,
    leavers: longestMs !== undefined && family.durations && family.leavers ? waits : undefined,
  };
  for (const [name, figure] of Object.entries(figures)) figure?.goOn(soFar?.[name as keyof IntervalFigures]);
  return figures;
}
