import { type Command, Option } from 'commander';
import { settingsOf } from '../settings.ts';
import { openTerminal, show } from '../terminal/terminal.ts';
import { wholeValue } from './shared/options.ts';

const DAY_MS = 24 * 60 * 60_000;

/** `sluice token create` */
export function addToken(program: Command): void {
  program
    .command('token')
    .description('API tokens, by which a server knows people')
    .command('create')
    .description('make a token and show it once; the installation gets its SHA-256')
    .addOption(new Option('--days <number>', 'for how long it is good').argParser(wholeValue(1, 3_650)).default(90))
    .addHelpText('before', 'Example:\n  sluice token create --days 30\n')
    .action((flags: { days: number }, command: Command) => create(flags.days, command));
}

async function create(days: number, command: Command): Promise<void> {
  const { newToken } = await import('../../authority/index.ts');
  const { token, sha256 } = newToken();
  const expires = new Date(Date.now() + days * DAY_MS).toISOString();
  const terminal = openTerminal(settingsOf(command));
  show(terminal, { token, sha256, expires }, () => [token]);
  terminal.say(
    'It is shown this once. In sluice.yaml the person gets, among others, with may: for less than all rights:',
  );
  terminal.say(`  tokens: [{ sha256: "${sha256}", expires: "${expires}" }]`);
}
