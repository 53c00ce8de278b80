/**
 * Comparison of a canary with its primary by e-processes: evidence that may be looked at after every tick. Pure functions
 * on plain JSON data; no clock, no randomness, nothing of Node. Where the counts come from and what is done about a
 * verdict is not known here.
 */

export { logE } from './e-value.ts';
export { expectedRequests } from './expected.ts';
export { guardBounds } from './histogram.ts';
export { overdispersion, podSpread } from './overdispersion.ts';
export { DEFAULTS, LAST_COMPARED_WEIGHT, LEARNED_AT_MOST } from './presets.ts';
export { ABORT_GRID, PASS_GRID } from './process.ts';
export { compactState, initial, type JudgeState, mayAdvance, startStage } from './state.ts';
export { step } from './step.ts';
export type * from './types.ts';
