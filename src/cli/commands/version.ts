import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { settingsOf } from '../settings.ts';
import { openTerminal, show } from '../terminal/terminal.ts';

function packageVersion(): string {
  const text = readFileSync(new URL('../../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}

export function addVersion(program: Command): void {
  program
    .command('version')
    .description('print the versions of Sluice and of the runtime')
    .action((_flags: object, command: Command) => {
      const versions = { sluice: packageVersion(), node: process.versions.node };
      show(openTerminal(settingsOf(command)), versions, () => [`sluice ${versions.sluice} (node ${versions.node})`]);
    });
}
