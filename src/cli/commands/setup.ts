import type { Command } from 'commander';
import { settingsOf } from '../settings.ts';
import { openTerminal, printData } from '../terminal.ts';

export function addSetup(program: Command): void {
  program
    .command('setup')
    .description('register the search attributes that Sluice needs in the Temporal namespace')
    .addHelpText(
      'before',
      'Example:\n  sluice setup --temporal temporal.example.com:7233 --temporal-namespace deploys\n',
    )
    .action((_flags: object, command: Command) => setup(command));
}

async function setup(command: Command): Promise<void> {
  const settings = settingsOf(command);
  const terminal = openTerminal(settings);
  const [{ withClient }, { registerSearchAttributes }] = await Promise.all([
    import('../temporal.ts'),
    import('../search-attributes.ts'),
  ]);
  const registered = await withClient(settings, registerSearchAttributes);
  if (settings.output !== 'text') return printData(terminal, settings, registered);
  const { added, present } = registered;
  if (added.length > 0) terminal.print(`registered ${added.join(', ')}`);
  if (present.length > 0) terminal.print(`already there: ${present.join(', ')}`);
}
