import type { Command } from 'commander';
import { CliError } from '../../errors.ts';
import { EXIT, type ExitCode } from '../../exit-codes.ts';
import { connected, type Session } from '../../session.ts';
import { orNotFound } from '../shared/object-name.ts';
import { namespaceOption } from '../shared/options.ts';
import { followMirror, lostWords, showMirror } from './follow.ts';
import { mirrorIdOf, mirrorName, mirrorSnapshot } from './snapshot.ts';

interface GetFlags {
  namespace?: string;
  watch?: boolean;
}

export function addMirrorGet(mirror: Command): void {
  mirror
    .command('get <name>')
    .description('show a mirror with its numbers; with -w until it has ended')
    .addOption(namespaceOption('the mirror'))
    .option('-w, --watch', 'follow it; the exit code tells how it ended')
    .addHelpText('before', 'Examples:\n  sluice mirror get weather/watch\n  sluice mirror get watch -n weather -w\n')
    .action((text: string, { namespace, watch }: GetFlags, self: Command) => {
      const name = mirrorName(text, namespace);
      const look = watch ? followMirror : showOnce;
      return connected(self, (session) =>
        orNotFound(session, 'mirror', name, () => look(session, mirrorIdOf(session.settings, name))),
      );
    });
}

async function showOnce({ client, terminal }: Session, workflowId: string): Promise<ExitCode> {
  const snapshot = await mirrorSnapshot(client, workflowId);
  if (!snapshot.view) {
    const what = `The mirror is ${snapshot.status}, but ${snapshot.trouble ?? 'nobody can tell more'}.`;
    throw new CliError(
      EXIT.unreachable,
      what,
      'Nothing is lost: it ends at its time, at the latest when a worker is back. Start one with: sluice worker',
    );
  }
  showMirror(terminal, snapshot);
  if (snapshot.status === 'lost') terminal.say(lostWords(snapshot));
  return snapshot.status === 'lost' ? EXIT.unexpected : EXIT.ok;
}
