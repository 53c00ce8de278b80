import { hostname } from 'node:os';
import type { Command } from 'commander';
import { CliError } from '../../errors.ts';
import { EXIT } from '../../exit-codes.ts';
import { connected } from '../../session.ts';

export function addHealthcheckWorker(healthcheck: Command): void {
  healthcheck
    .command('worker')
    .description('a worker of this host was seen lately on every queue that a rollout needs')
    .action((_flags: object, command: Command) => check(command));
}

function check(command: Command): Promise<void> {
  return connected(command, async ({ client, settings }) => {
    const { queuesWithoutWorker } = await import('../../temporal/find-workers.ts');
    const [queue] = await queuesWithoutWorker(client, settings.cluster, hostname());
    if (queue) throw new CliError(EXIT.unexpected, `no worker of ${hostname()} polls queue ${queue}`);
    return EXIT.ok;
  });
}
