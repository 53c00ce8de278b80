/**
 * From a Temporal history to audit records, and to a file that proves itself. `history.ts` and what it is made of are pure; `read.ts`
 * alone fetches, `verify.ts` re-executes. Nothing here interprets more than the history says.
 */
export type { HistoryEvents } from './event.ts';
export { type AuditFile, auditFile, readAuditFile } from './file.ts';
export { decodeHistory } from './history.ts';
export { toldIntervals } from './intervals.ts';
export { findAudit, toldBy } from './read.ts';
