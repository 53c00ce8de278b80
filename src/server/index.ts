/** What the package gives to those who serve HTTP with something else than Node's listener, or pages beside the API. */
export { openInstallation } from '../installation/open.ts';
export type { ShownInterval as Interval } from './api/schema/checks.ts';
export type { Health } from './api/schema/health.ts';
export type { PastRollout, Rollouts } from './api/schema/lists.ts';
export type { Rollout } from './api/schema/rollout.ts';
export type { BrowserSession as Session, Extend, ExtensionHost, ServerExtension } from './extension.ts';
export { type OpenServer, openServer, type ServerOptions } from './main.ts';
