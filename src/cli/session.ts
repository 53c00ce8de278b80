import type { Client } from '@temporalio/client';
import type { Command } from 'commander';
import type { ExitCode } from './exit-codes.ts';
import { type Settings, settingsOf } from './settings.ts';
import { openTerminal, type Terminal } from './terminal/terminal.ts';

/** What a command has in hand while it talks to Temporal. */
export interface Session {
  client: Client;
  settings: Settings;
  /** `host:port` of the Temporal that is asked. */
  address: string;
  terminal: Terminal;
}

/** Connects, runs `work`, and makes what it returns the exit code. @throws CliError 10 when Temporal cannot be reached */
export async function connected(command: Command, work: (session: Session) => Promise<ExitCode>): Promise<void> {
  const settings = settingsOf(command);
  const { withClient } = await import('./temporal/client.ts');
  process.exitCode = await withClient(settings, (client, { address }) =>
    work({ client, settings, address, terminal: openTerminal(settings) }),
  );
}
