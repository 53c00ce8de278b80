import { randomUUID } from 'node:crypto';
import type { Command } from 'commander';
import type { DeploySender } from '../../installation/index.ts';
import { CliError } from '../errors.ts';
import { EXIT } from '../exit-codes.ts';
import { clean } from '../render/text.ts';
import { overTls } from '../server/find-server.ts';
import { settingsOf } from '../settings.ts';
import { openTerminal, show, type Terminal } from '../terminal/terminal.ts';
import { devSender } from './shared/dev-sender.ts';
import { followInstallation, type InstallationFlags, installationOption } from './shared/installation.ts';

interface TestFlags extends InstallationFlags {
  url: string;
  stateDir?: string;
}

const BODY = Buffer.from('{"ping":true}');
const ANSWER_MS = 10_000;

/** `sluice hooks test SENDER` */
export function addHooks(program: Command): void {
  program
    .command('hooks')
    .description('work with the senders of deploy events')
    .command('test <sender>')
    .description('send a signed ping as this sender; it is verified like an event and starts nothing')
    .option('--url <address>', 'where the server listens', 'http://127.0.0.1:8090')
    .option('--state-dir <dir>', 'of sluice dev, for its sender dev (default: ~/.local/state/sluice)')
    .addOption(installationOption())
    .addHelpText('before', 'Example:\n  sluice hooks test ci --url https://sluice.example.com\n')
    .action((sender: string, flags: TestFlags, command: Command) => test(sender, flags, command));
}

async function test(name: string, flags: TestFlags, command: Command): Promise<void> {
  const terminal = openTerminal(settingsOf(command));
  const { sender, dir } = await find(name, flags, terminal);
  const url = `${overTls(flags.url, '--url', 'the signature, or the secret itself,')}/hooks/deploy/${name}`;
  const headers = await signedHeaders(sender, dir);
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: BODY,
    signal: AbortSignal.timeout(ANSWER_MS),
  }).catch((error: Error) => {
    throw new CliError(EXIT.unreachable, `${url} does not answer: ${(error.cause as Error)?.message ?? error.message}`);
  });
  const answer = (await response.text()).slice(0, 4096);
  const signedIn = Object.keys(headers).join(', ');
  show(terminal, { url, signedIn, status: response.status, answer }, () =>
    [`POST ${url}, signed in ${signedIn}`, `${response.status} ${answer}`].map(clean),
  );
  const { ok, status } = response;
  process.exitCode = ok ? EXIT.ok : status === 401 || status === 403 ? EXIT.notAllowed : EXIT.failed;
}

async function find(
  name: string,
  flags: TestFlags,
  terminal: Terminal,
): Promise<{ sender: DeploySender; dir: string }> {
  const { senders = [], dir = '.' } = (await followInstallation(flags, terminal))?.known ?? {};
  const sender = senders.find((one) => one.name === name);
  if (sender) return { sender, dir };
  if (name === 'dev') return { sender: (await devSender(flags.stateDir)).sender, dir };
  const known = senders.map((one) => one.name).join(', ') || 'none';
  throw new CliError(EXIT.notFound, `there is no sender ${name}`, `Known: ${known}.`);
}

async function signedHeaders(sender: DeploySender, dir: string): Promise<Record<string, string>> {
  const [{ keysOf, schemeOf }, { signWith }] = await Promise.all([
    import('../../intake/index.ts'),
    import('../../network/signing.ts'),
  ]);
  if (sender.canary) throw new CliError(EXIT.usage, `${sender.name} is sluice watch, which sends nothing over HTTP`);
  if (!sender.signature) {
    const hint = `Try it in a job: curl -H "Authorization: Bearer $TOKEN" --json '{"ping":true}' …/hooks/deploy/${sender.name}`;
    throw new CliError(EXIT.usage, `${sender.name} has tokens that only its CI jobs can get`, hint);
  }
  const keys = await keysOf(sender, dir).catch((error: Error) => {
    throw new CliError(EXIT.usage, error.message);
  });
  const now = { id: `ping-${randomUUID()}`, now: Date.now() };
  return signWith(schemeOf(sender.signature), keys.slice(0, 1), now, BODY);
}
