import type { ArmCounts, HistogramCounts, Tick } from './types.ts';

/** Extrapolated counts may differ in their last digits. */
const ROUNDING = 1e-9;

/** Throws a RangeError that names the tick, the arm and what would be right. */
export function checkTick(tick: Tick, last: number | undefined): void {
  if (!Number.isFinite(tick.tick)) throw new RangeError(`tick is ${tick.tick}: a finite number wanted`);
  if (last !== undefined && tick.tick <= last)
    throw new RangeError(`tick ${tick.tick} comes after tick ${last}: numbers that rise wanted, each tick once`);
  const { span = 1 } = tick;
  if (!(span > 0 && span <= 1))
    throw new RangeError(`tick ${tick.tick}: span is ${span}: above 0 and at most 1 wanted`);
  for (const arm of ['canary', 'primary'] as const) {
    const counts = tick[arm];
    if (counts) checkArm(`tick ${tick.tick}: ${arm}`, counts);
  }
}

function checkArm(name: string, { requests, errors, histogram }: ArmCounts): void {
  checkCount(`${name}.requests`, requests);
  checkCount(`${name}.errors`, errors);
  if (errors > requests * (1 + ROUNDING))
    throw new RangeError(`${name}.errors is ${errors}: at most the ${requests} requests wanted`);
  if (histogram) checkHistogram(`${name}.histogram`, histogram);
}

function checkHistogram(name: string, { le, counts }: HistogramCounts): void {
  if (counts.length !== le.length + 1)
    throw new RangeError(
      `${name} has ${le.length} bounds and ${counts.length} counts: one count for each finite bound and one for all wanted`,
    );
  const fallen = le.findIndex(
    (bound, i) => !Number.isFinite(bound) || bound <= (le[i - 1] ?? Number.NEGATIVE_INFINITY),
  );
  if (fallen >= 0) throw new RangeError(`${name}.le[${fallen}] is ${le[fallen]}: finite bounds that rise wanted`);
  for (const [i, count] of counts.entries()) checkCount(`${name}.counts[${i}]`, count);
}

function checkCount(name: string, value: number): void {
  if (!(value >= 0 && value <= Number.MAX_SAFE_INTEGER))
    throw new RangeError(`${name} is ${value}: a count from 0 to 2^53 wanted`);
}
