/** Sluice without standing processes: docs/use/serverless.md of the project says what starts them. */
export { serverFromEnvironment, workerFromEnvironment } from './options.ts';
export { serverHandler } from './server.ts';
export { type Invocation, type WorkerHandlerOptions, type WorkerLife, workerHandler } from './worker.ts';
