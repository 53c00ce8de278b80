/** What the package gives to those who serve HTTP with something else than Node's listener, or pages beside the API. */
export { openInstallation } from '../installation/open.ts';
export type { Interval } from './api/schema/checks.ts';
export type { Health } from './api/schema/health.ts';
export type { PastRollout, Rollouts } from './api/schema/lists.ts';
export type { Rollout } from './api/schema/rollout.ts';
export type { Extend, ExtensionHost, ServerExtension, Session } from './extension.ts';
export { type OpenServer, openServer, type ServerOptions } from './main.ts';
