/**
 * From a Temporal history to audit records. `history.ts` is pure; `read.ts` alone fetches. Nothing here interprets more than
 * the history says.
 */
export type { HistoryEvents } from './event.ts';
export { decodeHistory } from './history.ts';
export { readAudit } from './read.ts';
