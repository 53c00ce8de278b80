/**
 * What the examples share: a stage in a running lab (apply files, send requests, see where they arrived), the rows of the
 * table at the end, and the process that tells an example inside its lab. What a document says stands in its own folder.
 */
export type { Arrivals } from './arrivals.ts';
export type { Example, Size } from './example.ts';
export { Mirror } from './mirror.ts';
export { phaseRows } from './phase-rows.ts';
export { rollOut } from './rollout.ts';
export { type Row, rowLines } from './row.ts';
export type { Reply } from './send.ts';
export { type Asked, Stage } from './stage.ts';
