/**
 * Made-up traffic and what several rules would have done with it: pure and seeded. Here live
 * the random numbers, the traffic of a release that is healthy or not, the rules and their counting. The comparison
 * itself is `src/judge`; nothing of Node, no clock and no real data belong here.
 */

export { CELLS, cellNamed } from './cells.ts';
export { createRandom } from './random.ts';
export { compareRule } from './rules/compare.ts';
export { RULES, type Rule, type RuleName } from './rules/index.ts';
export { mannWhitney, shiftInterval } from './rules/mann-whitney.ts';
export { thresholdRule } from './rules/threshold.ts';
export { twoProportionZ, zTestRule } from './rules/z-test.ts';
export { type Counts, series } from './series.ts';
export { type CellResult, type SimulationSettings, simulate } from './simulate.ts';
export { COMPARE, HEALTHY, LEARNED_BADLY, runStages } from './stages.ts';
export { parseTraffic, TRAFFIC } from './traffic.ts';
