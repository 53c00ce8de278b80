import { initial, type JudgeState } from '../../../../src/judge/compare/state.ts';
import { step } from '../../../../src/judge/compare/step.ts';
import type { ArmCounts, CompareOptions, JudgedStage, Tick, TickOutput } from '../../../../src/judge/compare/types.ts';

export type ArmPair = Omit<Tick, 'tick'>;

/** Requests and errors of the canary, then of the primary. */
export function pair(nc: number, xc: number, np: number, xp: number): ArmPair {
  return { canary: { requests: nc, errors: xc }, primary: { requests: np, errors: xp } };
}

/** An arm with a histogram: requests per bucket, the last one beyond all bounds. */
export function slow(le: number[], buckets: number[], errors = 0): ArmCounts {
  const counts: number[] = [];
  for (const bucket of buckets) counts.push((counts.at(-1) ?? 0) + bucket);
  return { requests: counts.at(-1) ?? 0, errors, histogram: { le, counts } };
}

/** Ticks after one another from a state, or from the beginning without warm-up. */
export function run(
  from: JudgeState | CompareOptions,
  ticks: readonly ArmPair[],
  stage: JudgedStage = {},
): { state: JudgeState; outputs: TickOutput[]; last: TickOutput } {
  let state = 'version' in from ? from : initial({ warmupTicks: 0, ...from }, stage);
  const first = (state.lastTick ?? 0) + 1;
  const outputs = ticks.map((tick, i) => {
    const next = step(state, { tick: first + i, ...tick });
    state = next.state;
    return next.output;
  });
  return { state, outputs, last: outputs.at(-1) as TickOutput };
}

export function times<T>(count: number, value: T): T[] {
  return Array.from({ length: count }, () => value);
}

/** Every number anywhere in a value. */
export function numbersOf(value: unknown): number[] {
  if (typeof value === 'number') return [value];
  return value && typeof value === 'object' ? Object.values(value).flatMap(numbersOf) : [];
}
