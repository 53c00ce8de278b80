/**
 * What counters grew by, worked out by Prometheus for each raw series and only then summed: a caller's pod that goes takes its count with
 * it, and a sum that falls is no counter that began anew. The answer is as small for a hundred callers as for one.
 */

/** A span of Prometheus's clock, ms. */
export interface CountWindow {
  /** What was scraped up to then is counted already. */
  fromMs: number;
  untilMs: number;
  /** Between two looks at each series: what it counts between the last look and a restart is lost. The window is a whole number of them. */
  stepMs: number;
  /** A series that was scraped last so long before the window is still the same. */
  lookBackMs: number;
  /** Some were seen an hour before the count began and not since: they bring old requests with them, which do not count. */
  hidden: boolean;
  /** Labels that only tell copies of a series apart, as two Prometheis write them. */
  replicas: readonly string[];
}

/** Shortest step, ms: no container restarts much more often. */
const STEP_MS = 5_000;
const SHORTEST_MS = 1_000;
const COUNTER = 'counter';
/** Most steps of one window. */
const STEPS = 240;
/** How far back a series is looked for that is hidden now. */
export const SEEN_BEFORE = '1h';

/** @returns `untilMs` of a window from `fromMs` that holds `toMs`, with its steps */
export function stepsTo(fromMs: number, toMs: number): Pick<CountWindow, 'untilMs' | 'stepMs'> {
  const span = Math.max(SHORTEST_MS, toMs - fromMs);
  const steps = Math.min(STEPS, Math.ceil(span / STEP_MS));
  const stepMs = Math.ceil(span / steps);
  return { stepMs, untilMs: fromMs + steps * stepMs };
}

/** By the values of the labels. A moment that is still to come may end the window: what is missing then is missing in the answer. */
export function grownBy(labels: readonly string[], series: string, window: CountWindow): string {
  const { fromMs, untilMs, stepMs } = window;
  // Prometheus looks at whole multiples of the step
  const shiftMs = stepMs - (fromMs % stepMs);
  const unless = window.hidden
    ? ` unless (${newest(series, SEEN_BEFORE, at(fromMs), window)} unless ${knownAt(series, window)})`
    : '';
  const looks = { ...window, shiftMs, lookBackMs: window.lookBackMs + untilMs - fromMs };
  const growth = inStep(series, looks, unless);
  const range = `[${untilMs - fromMs - 1}ms:${stepMs}ms]${at(untilMs + shiftMs)}`;
  return summed(labels, `sum_over_time((${growth})${range})`);
}

/** Of a range query: by step, up to each of its moments. Who was not there a step before only begins to count. */
export function grownByStep(labels: readonly string[], series: string, stepMs: number, owner: string): string {
  const looks = { stepMs, lookBackMs: 3 * stepMs, replicas: [], shiftMs: 0 };
  const known = ` and on (${owner}) ${newest(series, `${looks.lookBackMs}ms`, ago(stepMs), looks)}`;
  return summed(labels, inStep(series, looks, known));
}

/** Differences have no name: that of a counter is kept in a label of its own, where several are asked for at once. */
function summed(labels: readonly string[], growth: string): string {
  const by = labels.map((label) => (label === '__name__' ? COUNTER : label));
  const sum = `sum by (${by.join(', ')}) (${growth})`;
  return by.includes(COUNTER) ? `label_replace(${sum}, "__name__", "$1", "${COUNTER}", "(.*)")` : sum;
}

/** Series that were there when the window begins. */
export function knownAt(series: string, window: CountWindow): string {
  return newest(series, `${window.lookBackMs}ms`, at(window.fromMs), window);
}

interface Looks extends Pick<CountWindow, 'stepMs' | 'lookBackMs' | 'replicas'> {
  shiftMs: number;
}

/** Copies that somebody merged fall by a few, as they are scraped at other moments; a counter that falls by more started over at 0. */
const STARTED_OVER = 0.9;

/** A series that is new was born in the step. */
function inStep(series: string, looks: Looks, condition: string): string {
  const { stepMs, lookBackMs, shiftMs } = looks;
  const now = newest(series, `${stepMs}ms`, ago(shiftMs), looks);
  const before = newest(series, `${lookBackMs}ms`, ago(shiftMs + stepMs), looks);
  return `clamp_min(${now} - (${before} <= ${now} / ${STARTED_OVER}), 0) or (${now} + 0)${condition}`;
}

/** Also of series that are gone, or whose last scrape failed. */
function newest(series: string, range: string, when: string, { replicas }: Pick<CountWindow, 'replicas'>): string {
  const raw = `last_over_time(${series}[${range}]${when})`;
  const last = series.startsWith('{') ? `label_replace(${raw}, "${COUNTER}", "$1", "__name__", "(.*)")` : raw;
  return replicas.length > 0 ? `max without (${replicas.join(', ')}) (${last})` : last;
}

function at(ms: number): string {
  return ` @ ${(ms / 1000).toFixed(3)}`;
}

function ago(ms: number): string {
  return ms > 0 ? ` offset ${ms}ms` : '';
}
