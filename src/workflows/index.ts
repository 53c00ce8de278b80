/**
 * What Temporal runs: durable, deterministic code. Imports only `src/contract`, `src/judge` and Temporal's workflow package; no
 * Node, no clock or randomness but the SDK's. What touches the world is an activity.
 */
export { delivery } from './delivery.ts';
export { mirror } from './mirror/workflow.ts';
export { notices } from './notices/workflow.ts';
export { reconcile } from './reconcile.ts';
export { rollout } from './rollout/workflow.ts';
