/**
 * Seeing and steering a running rollout, whoever asks: the command line, chat, the API. Knows the Temporal client and nothing of how an
 * answer is shown.
 */
export { act, pinned } from './act.ts';
export { liveOf } from './heartbeats.ts';
export { listMirrors } from './list-mirrors.ts';
export type { ListEntry } from './list-rollouts.ts';
export { lookAgain, remark } from './look-again.ts';
export { pageRollouts, type RolloutFilter } from './page-rollouts.ts';
export { openQuestions } from './question.ts';
export { type RunSnapshot, takeSnapshot } from './snapshot.ts';
export { untold, withUntold } from './untold.ts';
