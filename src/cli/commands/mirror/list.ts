import type { Command } from 'commander';
import { EXIT, type ExitCode } from '../../exit-codes.ts';
import { renderMirrors, sortMirrors } from '../../render/mirror.ts';
import { connected, type Session } from '../../session.ts';
import { showRows } from '../../terminal/terminal.ts';
import { wholeValue } from '../shared/options.ts';

interface ListFlags {
  namespace?: string;
  limit: number;
}

export function addMirrorList(mirror: Command): void {
  mirror
    .command('list')
    .description('list mirrors, those that run first')
    .option('-n, --namespace <name>', 'only this Kubernetes namespace')
    .option('--limit <number>', 'most mirrors to show', wholeValue(1), 50)
    .addHelpText('before', 'Example:\n  sluice mirror list -n weather\n')
    .action((flags: ListFlags, self: Command) => connected(self, (session) => list(session, flags)));
}

async function list({ client, settings, terminal, address }: Session, flags: ListFlags): Promise<ExitCode> {
  const { listMirrors } = await import('../../../steering/list-mirrors.ts');
  const meant = (await listMirrors(client)).filter(
    ({ cluster, namespace }) =>
      cluster === settings.cluster && (flags.namespace === undefined || flags.namespace === namespace),
  );
  const shown = sortMirrors(meant).slice(0, flags.limit);
  showRows(terminal, shown, () => renderMirrors(shown, terminal.look, new Date()));
  if (shown.length === 0 && terminal.output === 'text') {
    const where = flags.namespace ? `, namespace ${flags.namespace}` : '';
    terminal.say(`No mirrors in cluster ${settings.cluster}${where}; asked Temporal at ${address}.`);
  }
  return EXIT.ok;
}
