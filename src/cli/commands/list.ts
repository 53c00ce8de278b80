import type { Command } from 'commander';
import type { ListEntry } from '../../steering/list-rollouts.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { renderList, sortEntries } from '../render/list.ts';
import { cleanDeep } from '../render/text.ts';
import { connected, type Session } from '../session.ts';
import { showRows } from '../terminal/terminal.ts';
import { wholeValue } from './shared/options.ts';

interface ListFlags {
  namespace?: string;
  state?: string;
  limit: number;
  allClusters?: boolean;
}

export function addList(program: Command): void {
  program
    .command('list')
    .description('list rollouts, those that need you first')
    .option('-n, --namespace <name>', 'only this Kubernetes namespace')
    .option('--state <states>', 'only these, by comma: needs-you,paused,running,promoted,failed …')
    .option('--all-clusters', 'not only --cluster')
    .option('--limit <number>', 'most rollouts to show', wholeValue(1), 50)
    .addHelpText('before', 'Examples:\n  sluice list\n  sluice list --state needs-you,failed -o json\n')
    .action((flags: ListFlags, self: Command) => connected(self, (session) => list(session, flags)));
}

async function list(session: Session, flags: ListFlags): Promise<ExitCode> {
  const { client, settings, terminal } = session;
  const { listRollouts } = await import('../../steering/list-rollouts.ts');
  const entries = (await listRollouts(client)).filter(wantedBy(flags, settings.cluster));
  const shown = sortEntries(entries).slice(0, flags.limit);
  showRows(terminal, shown, () => renderList(cleanDeep(shown), terminal.look, new Date()));
  if (terminal.output !== 'text') return EXIT.ok;
  if (shown.length === 0) sayEmpty(session, flags);
  else if (entries.length > shown.length)
    terminal.say(`${entries.length - shown.length} more; show them with --limit ${entries.length}.`);
  return EXIT.ok;
}

function wantedBy({ allClusters, namespace, state }: ListFlags, cluster: string): (entry: ListEntry) => boolean {
  const states = state?.split(',').map((one) => one.trim());
  return (entry) =>
    (allClusters || entry.cluster === cluster) &&
    (!namespace || entry.namespace === namespace) &&
    (!states || states.includes(entry.state));
}

/** Says where was looked and what to do next. */
function sayEmpty({ terminal, settings: { cluster }, address }: Session, flags: ListFlags): void {
  const where = [
    flags.allClusters ? 'any cluster' : `cluster ${cluster}`,
    flags.namespace && `namespace ${flags.namespace}`,
  ];
  const state = flags.state ? ` in state ${flags.state}` : '';
  terminal.say(`No rollouts${state} in ${where.filter(Boolean).join(', ')}; asked Temporal at ${address}.`);
  terminal.say(state ? 'All of them: sluice list' : 'Start one with: sluice run PLAN.yaml --image NAME:TAG');
}
