import type { Command } from 'commander';
import { CliError } from '../../errors.ts';
import { EXIT } from '../../exit-codes.ts';
import { portValue } from '../shared/process.ts';

const TIMEOUT_MS = 5_000;

export function addHealthcheckServer(healthcheck: Command): void {
  healthcheck
    .command('server')
    .description('it listens, and Temporal answers it')
    .option('--port <number>', 'port of its health', portValue, 8091)
    .action(({ port }: { port: number }) => check(port));
}

async function check(port: number): Promise<void> {
  const ready = `http://127.0.0.1:${port}/readyz`;
  const answer = await fetch(ready, { signal: AbortSignal.timeout(TIMEOUT_MS) }).catch((error: Error) => {
    throw new CliError(EXIT.unexpected, `nothing answers at port ${port}: ${error.message}`);
  });
  if (!answer.ok) throw new CliError(EXIT.unexpected, `/readyz answers ${answer.status}: ${await answer.text()}`);
}
