import type { Command } from 'commander';
import type { InstallationFile } from '../../installation/index.ts';
import { CliError } from '../errors.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { clean } from '../render/text.ts';
import { settingsOf } from '../settings.ts';
import { openTerminal, show } from '../terminal/terminal.ts';
import { followInstallation } from './shared/installation.ts';

/** What a metric source said to one question. */
interface Asked {
  name: string;
  address: string;
  tookMs: number;
  /** Why it is of no use as it is. */
  problem?: { kind: string; message: string };
  /** It answered, and something may be wrong nevertheless. */
  note?: string;
}

/** `sluice installation check` */
export function addInstallation(program: Command): void {
  program
    .command('installation')
    .description("work with the operator's file")
    .command('check [file]')
    .description('check the file, and ask each of its metric sources one question')
    .option('--offline', 'ask nobody')
    .addHelpText(
      'before',
      'Examples:\n  sluice installation check\n  sluice installation check /etc/sluice/sluice.yaml -o json\n',
    )
    .addHelpText('after', '\nWithout FILE: SLUICE_INSTALLATION, then sluice.yaml here.')
    .action((file: string | undefined, flags: { offline?: boolean }, command: Command) => check(file, flags, command));
}

async function check(named: string | undefined, flags: { offline?: boolean }, command: Command): Promise<void> {
  const file = named ?? process.env.SLUICE_INSTALLATION;
  const terminal = openTerminal(settingsOf(command));
  const installation = await followInstallation({ installation: file }, terminal);
  if (!installation) throw new CliError(EXIT.notFound, 'there is no sluice.yaml here', 'Name the file.');
  const sources = flags.offline ? [] : installation.known.metricSources;
  const metricSources = await Promise.all(sources.map((source) => ask(source, installation)));
  const { revisionKeys } = await import('../../installation/index.ts');
  const keys = await revisionKeys(installation)().catch((error: Error) => {
    throw new CliError(EXIT.usage, error.message);
  });
  const revisionKids = keys.map(({ kid }) => kid);
  const lines = ['the file is sound', keysLine(revisionKids), ...metricSources.map(lineOf)];
  show(terminal, { metricSources, revisionKeys: revisionKids }, () => lines.map(clean));
  process.exitCode = codeOf(metricSources);
}

function keysLine([first, ...others]: string[]): string {
  if (!first) return 'no revisionKeys: the contents of Secrets are no part of revisions';
  return `revision keys: ${first} for new revisions${others.length > 0 ? `, ${others.join(', ')} to compare` : ''}`;
}

const NOTHING_UP = 'no series "up" fits the matchers there, which is usual only where nothing is scraped';

async function ask({ name, address }: Pick<Asked, 'name' | 'address'>, installation: InstallationFile): Promise<Asked> {
  const { metricSources } = await import('../../installation/index.ts');
  const { isEmpty, lateness, sourceQuestion } = await import('../../metrics/source-question.ts');
  const startMs = performance.now();
  const outcome = await metricSources(installation)({ source: name }).query(sourceQuestion('up'));
  const asked = { name, address, tookMs: Math.round(performance.now() - startMs) };
  if (outcome.ok) {
    const late = lateness(outcome.samples);
    const notes = [...(isEmpty(outcome.samples) ? [NOTHING_UP] : []), ...(late ? [`it ${late}`] : [])];
    return { ...asked, ...(notes.length > 0 && { note: notes.join('; ') }) };
  }
  const { kind, message, detail } = outcome.error;
  return { ...asked, problem: { kind, message: detail ? `${message}: ${detail}` : message } };
}

function lineOf({ name, address, tookMs, problem, note }: Asked): string {
  const answered = `answers in ${tookMs} ms${note ? `; ${note}` : ''}`;
  return `metric source ${name}, ${address}: ${problem?.message ?? answered}`;
}

const CODES: Record<string, ExitCode> = {
  login: EXIT.notAllowed,
  unreachable: EXIT.unreachable,
  timeout: EXIT.unreachable,
};

/** The first source that is of no use decides. */
function codeOf(answers: readonly Asked[]): ExitCode {
  const problem = answers.find((answer) => answer.problem)?.problem;
  return problem ? (CODES[problem.kind] ?? EXIT.failed) : EXIT.ok;
}
