import type { Command } from 'commander';
import { CliError } from '../errors.ts';
import { EXIT } from '../exit-codes.ts';
import { clean } from '../render/text.ts';
import { askServer } from '../server/ask-server.ts';
import { overTls, serverOption } from '../server/find-server.ts';
import type { ProviderTerms } from '../server/logins.ts';
import { settingsOf } from '../settings.ts';
import { interruptible } from '../terminal/interruptible.ts';
import { openTerminal, show } from '../terminal/terminal.ts';
import { portValue } from './shared/process.ts';

interface LoginFlags {
  server?: string;
  provider?: string;
  device?: boolean;
  port?: number;
}

/** `sluice login` */
export function addLogin(program: Command): void {
  program
    .command('login')
    .description('log in to a server by your identity provider, in the browser')
    .addOption(serverOption('server to log in to'))
    .option('--provider <name>', 'which identity provider, where the server has several')
    .option('--device', 'with the browser of another machine, by a code')
    .option('--port <number>', 'port of 127.0.0.1 that the browser comes back to (default: a free one)', portValue)
    .addHelpText('before', 'Examples:\n  sluice login --server https://sluice.example.com\n  sluice login --device\n')
    .addHelpText('after', '\nWhat proves you is kept in your state directory, for you alone; sluice logout ends it.')
    .action(login);
}

async function login({ device, port = 0, ...flags }: LoginFlags, command: Command): Promise<void> {
  const server = overTls(flags.server);
  const terms = await choose(server, flags.provider);
  const { logIn } = await import('../server/login-flow.ts');
  const { keepLogin, whileLocked } = await import('../server/logins.ts');
  // without it nobody could log in, so --quiet does not silence it
  const tell = (line: string) => process.stderr.write(`${clean(line)}\n`);
  const made = await interruptible((signal) => logIn(terms, { device, port, tell, signal }));
  const { name } = (await askServer<{ name: string }>(server, '/me', made.idToken)).answer;
  await whileLocked(() => keepLogin(server, made));
  const { provider, expires } = made;
  const told = clean(`Logged in to ${server} as ${name}, by ${provider}.`);
  show(openTerminal(settingsOf(command)), { server, provider, name, expires }, () => [told]);
}

/** @throws CliError when it is not clear which one */
async function choose(server: string, wanted: string | undefined): Promise<ProviderTerms> {
  const { providers = [] } = (await askServer<{ providers?: ProviderTerms[] }>(server, '/login')).answer;
  const [found, other] = providers.filter(({ provider }) => wanted === undefined || provider === wanted);
  if (found && !other) return found;
  const names = providers.map(({ provider }) => provider).join(', ');
  const hint = names ? `Name one with --provider: ${names}.` : 'It has none: use a token, SLUICE_TOKEN.';
  throw new CliError(EXIT.usage, 'which identity provider of the server is not said', hint);
}
