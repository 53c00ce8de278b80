/**
 * HTTP: deploy events in, health out. Web-standard Request and Response; only `main.ts` knows Node's server.
 * No decision about rollouts is taken here: requests become deliveries, and workflows decide.
 */
export { createApp } from './app.ts';
export { type RunningServer, startServer } from './main.ts';
export { watchPlanDir } from './plan-source.ts';
