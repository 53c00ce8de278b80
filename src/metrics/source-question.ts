/** One question that is cheap everywhere, goes through login and matchers, and tells how a store answers. */
import { formatSpan } from '../contract/words.ts';
import type { Sample } from './answer.ts';
import { CLOCK, HELPER, HELPERS } from './helper-series.ts';

/** Between a store's own moment and the one that it writes beside it, ms: more is no rounding. */
const ROUNDED_MS = 1_000;

/** @param selected series that are there wherever anything is scraped */
export function sourceQuestion(selected: string): string {
  return `absent(${selected}) or ${CLOCK}`;
}

/** Nothing fits what was selected. */
export function isEmpty(samples: readonly Sample[]): boolean {
  return samples.some(({ labels }) => labels[HELPER] === undefined);
}

/**
 * What is to be said of a store that looks at the past under the time of now.
 * Source: VictoriaMetrics, `-search.latencyOffset` and `nocache` of its querying API.
 */
export function lateness(samples: readonly Sample[]): string | undefined {
  const clock = samples.find(({ labels }) => labels[HELPER] === HELPERS.clock);
  const behindMs = clock ? clock.timeMs - clock.value * 1_000 : 0;
  if (behindMs < ROUNDED_MS) return undefined;
  return `answers as of ${formatSpan(Math.round(behindMs / 1_000) * 1_000)} ago, and verdicts and aborts come so much later: VictoriaMetrics does so unless the metric source has parameters: { nocache: "1" }`;
}
