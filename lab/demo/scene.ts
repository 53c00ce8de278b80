import type { RouteLog, Sluice } from '../story/index.ts';

/** What a rollout of the demo is played on. */
export interface Scene {
  sluice: Sluice;
  routes: RouteLog;
  /** Aborts on Ctrl-C and when a process that the story needs has ended. */
  signal: AbortSignal;
  /** Questions are part of the story: they do not end the watching. Default false. */
  patient?: boolean;
}
