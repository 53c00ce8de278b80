import type { Command } from 'commander';
import { stopMirrorSignal, stopMirrorUpdate } from '../../../contract/messages.ts';
import type { MirrorStop } from '../../../contract/mirror.ts';
import { CliError } from '../../errors.ts';
import { EXIT, type ExitCode } from '../../exit-codes.ts';
import { clean } from '../../render/text.ts';
import { connected, type Session } from '../../session.ts';
import { show } from '../../terminal/terminal.ts';
import { type ObjectName, orNotFound } from '../shared/object-name.ts';
import { byOption, namespaceOption } from '../shared/options.ts';
import { mirrorIdOf, mirrorName } from './snapshot.ts';

interface StopFlags {
  namespace?: string;
  by: string;
  reason?: string;
}

export function addMirrorStop(mirror: Command): void {
  mirror
    .command('stop <name>')
    .description('end a mirror now; users are not affected')
    .addOption(namespaceOption('the mirror'))
    .addOption(byOption())
    .option('--reason <text>', 'why; kept in the report')
    .addHelpText('before', 'Example:\n  sluice mirror stop watch -n weather --reason "seen enough"\n')
    .action((text: string, flags: StopFlags, self: Command) => {
      const name = mirrorName(text, flags.namespace);
      return connected(self, (session) => orNotFound(session, 'mirror', name, () => stop(session, name, flags)));
    });
}

/** A worker answers within milliseconds; without one the wish is stored as a signal. */
const ANSWER_TIMEOUT_MS = 5_000;

async function stop(
  { client, settings, terminal }: Session,
  name: ObjectName,
  { by, reason }: StopFlags,
): Promise<ExitCode> {
  const { noAnswer } = await import('../../../steering/act.ts');
  const { within } = await import('../../../temporal/calls.ts');
  const handle = client.workflow.getHandle(mirrorIdOf(settings, name));
  const description = await within(client, () => handle.describe());
  if (description.status.name !== 'RUNNING')
    throw new CliError(
      EXIT.conflict,
      `the mirror ${name.namespace}/${name.name} is over`,
      `How it ended: sluice mirror get ${name.namespace}/${name.name}`,
    );
  const request: MirrorStop = { actor: { name: by, channel: 'cli' }, ...(reason === undefined ? {} : { reason }) };
  try {
    const call = () => handle.executeUpdate(stopMirrorUpdate, { args: [request] });
    const answer = await within(client, call, ANSWER_TIMEOUT_MS);
    show(terminal, answer, () => [clean(answer.message)]);
    return EXIT.ok;
  } catch (error) {
    if (!noAnswer(error)) throw error;
  }
  await within(client, () => handle.signal(stopMirrorSignal, `${reason ? `${reason} ` : ''}(sent by ${by} · cli)`));
  throw new CliError(
    EXIT.unreachable,
    'stop is sent and stored; no worker confirms it yet.',
    'It has its effect as soon as a worker is back.',
  );
}
