import type { Command } from 'commander';
import { packageVersion } from '../../worker/maker.ts';
import { settingsOf } from '../settings.ts';
import { openTerminal, show } from '../terminal/terminal.ts';

export function addVersion(program: Command): void {
  program
    .command('version')
    .description('print the versions of Sluice and of the runtime')
    .action((_flags: object, command: Command) => {
      const versions = { sluice: packageVersion(), node: process.versions.node };
      show(openTerminal(settingsOf(command)), versions, () => [`sluice ${versions.sluice} (node ${versions.node})`]);
    });
}
