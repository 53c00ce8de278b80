/**
 * Seeing and steering a running rollout, whoever asks: the command line, chat, the API. Knows the Temporal client and nothing of how an
 * answer is shown.
 */
export { type ActResult, act, pinned, updateRollout } from './act.ts';
export { signAction, withStatement } from './actor.ts';
export { type Snapshot, takeSnapshot } from './snapshot.ts';
