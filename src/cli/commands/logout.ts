import type { Command } from 'commander';
import { CliError } from '../errors.ts';
import { EXIT } from '../exit-codes.ts';
import { overTls, serverOption } from '../server/find-server.ts';
import { settingsOf } from '../settings.ts';
import { openTerminal, show } from '../terminal/terminal.ts';

/** `sluice logout` */
export function addLogout(program: Command): void {
  program
    .command('logout')
    .description('forget what sluice login keeps for a server')
    .addOption(serverOption('server to log out from'))
    .addHelpText('before', 'Example:\n  sluice logout --server https://sluice.example.com\n')
    .action(logout);
}

async function logout(flags: { server?: string }, command: Command): Promise<void> {
  const server = overTls(flags.server);
  const { keepLogin, readLogins, whileLocked } = await import('../server/logins.ts');
  const login = (await readLogins())[server];
  if (!login) throw new CliError(EXIT.notFound, `nobody is logged in to ${server}`);
  await whileLocked(() => keepLogin(server, undefined));
  const { revoke } = await import('../server/identity-provider.ts');
  const [{ status }] = await Promise.allSettled([revoke(login)]);
  const terminal = openTerminal(settingsOf(command));
  show(terminal, { server, revoked: status === 'fulfilled' }, () => [`Logged out from ${server}.`]);
  if (status === 'rejected') terminal.say(`${login.provider} could not be told: there it ends with its time.`);
}
