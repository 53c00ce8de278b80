import type { Command } from 'commander';
import { addHealthcheckServer } from './server.ts';
import { addHealthcheckWorker } from './worker.ts';

/** `sluice healthcheck server` and `worker`: containers run it beside theirs. */
export function addHealthcheck(program: Command): void {
  const healthcheck = program
    .command('healthcheck')
    .description('exit 0 when the server or worker of this container is healthy');
  addHealthcheckServer(healthcheck);
  addHealthcheckWorker(healthcheck);
}
