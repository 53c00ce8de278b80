import type { Looked } from '../../../../src/cli/commands/judge/look.ts';
import { initial } from '../../../../src/judge/compare/state.ts';
import { step } from '../../../../src/judge/compare/step.ts';
import type { Tick, TickOutput } from '../../../../src/judge/compare/types.ts';

export const LOOK = { width: 100, color: false, unicode: true };

/** Two bad ticks, one without the primary, one more. */
export const TICKS: Tick[] = [
  { tick: 1, canary: { requests: 150, errors: 8 }, primary: { requests: 2850, errors: 3 } },
  { tick: 2, canary: { requests: 150, errors: 7 }, primary: { requests: 2850, errors: 2 } },
  { tick: 3, canary: { requests: 150, errors: 9 }, primary: null },
  { tick: 4, canary: { requests: 150, errors: 9 }, primary: { requests: 2850, errors: 4 } },
];

export function judged(ticks: Tick[]): TickOutput[] {
  let state = initial({ warmupTicks: 0 });
  return ticks.map((tick) => {
    const next = step(state, tick);
    state = next.state;
    return next.output;
  });
}

export const looks = (ticks: Tick[]): Looked[] =>
  judged(ticks).map((output, i) => ({ counts: ticks[i] as Tick, output }));
