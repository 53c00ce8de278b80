/** What the package gives to those who run a worker in a process of their own. */
export { openInstallation } from '../installation/open.ts';
export { type RunningWorker, startWorker, type WorkerProcessOptions } from './main.ts';
export { ownPlans } from './own-plans.ts';
