import type { Client, WorkflowExecutionInfo } from '@temporalio/client';
import { type Command, InvalidArgumentError } from 'commander';
import { isOutcome } from '../../contract/view.ts';
import { type ListEntry, renderList, sortEntries } from '../render/list.ts';
import { cleanDeep } from '../render/text.ts';
import { settingsOf } from '../settings.ts';
import { openTerminal, printRows, type Terminal } from '../terminal/terminal.ts';

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
    .option('--limit <number>', 'most rollouts to show', wholeNumber, 50)
    .addHelpText('before', 'Examples:\n  sluice list\n  sluice list --state needs-you,failed -o json\n')
    .action((flags: ListFlags, command: Command) => list(flags, command));
}

function wholeNumber(text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1) throw new InvalidArgumentError('Write a whole number above 0.');
  return number;
}

async function list(flags: ListFlags, command: Command): Promise<void> {
  const settings = settingsOf(command);
  const terminal = openTerminal(settings);
  const { withClient } = await import('../temporal.ts');
  const entries = await withClient(settings, (client) =>
    findRollouts(client, flags, flags.allClusters ? undefined : settings.cluster),
  );
  const shown = sortEntries(entries).slice(0, flags.limit);
  if (settings.output !== 'text') return printRows(terminal, settings, shown);
  if (shown.length === 0) return sayEmpty(terminal, flags, `${settings.cluster}`, settings.temporalAddress);
  for (const line of renderList(cleanDeep(shown), terminal.look, new Date())) terminal.print(line);
  if (entries.length > shown.length)
    terminal.say(`${entries.length - shown.length} more; show them with --limit ${entries.length}.`);
}

/** Says where was looked and what to do next. */
function sayEmpty(terminal: Terminal, flags: ListFlags, cluster: string, address: string): void {
  const where = [
    flags.allClusters ? 'any cluster' : `cluster ${cluster}`,
    flags.namespace && `namespace ${flags.namespace}`,
  ];
  const state = flags.state ? ` in state ${flags.state}` : '';
  terminal.say(`No rollouts${state} in ${where.filter(Boolean).join(', ')}; asked Temporal at ${address}.`);
  terminal.say(state ? 'All of them: sluice list' : 'Start one with: sluice run PLAN.yaml --image NAME:TAG');
}

/** Most runs that are read: visibility keeps old ones for as long as the namespace's retention. */
const MOST_READ = 1_000;

async function findRollouts(client: Client, flags: ListFlags, cluster: string | undefined): Promise<ListEntry[]> {
  const wanted = flags.state?.split(',').map((state) => state.trim());
  const entries: ListEntry[] = [];
  let read = 0;
  for await (const info of client.workflow.list({ query: "WorkflowType = 'rollout'", pageSize: 200 })) {
    read += 1;
    if (read > MOST_READ) break;
    const entry = toEntry(info);
    if (!entry || (cluster && entry.cluster !== cluster) || (flags.namespace && entry.namespace !== flags.namespace))
      continue;
    if (!wanted || wanted.includes(entry.state)) entries.push(entry);
  }
  return entries;
}

/** @returns undefined for what is no rollout's id, and for a run that a later run of the same rollout goes on from */
function toEntry(info: WorkflowExecutionInfo): ListEntry | undefined {
  const [, cluster, namespace, plan] = /^rollout\/([^/]+)\/([^/]+)\/([^/]+)$/.exec(info.workflowId) ?? [];
  if (!cluster || !namespace || !plan) return undefined;
  const attribute = (name: string): string | undefined => {
    const value = info.searchAttributes[name]?.[0];
    return typeof value === 'string' && value !== '' ? value : undefined;
  };
  const state = attribute('SluiceState');
  const status = info.status.name;
  if (status === 'CONTINUED_AS_NEW' && !isOutcome(state)) return undefined;
  return {
    cluster,
    namespace,
    plan,
    rollout: attribute('SluiceRollout'),
    revision: attribute('SluiceRevision'),
    state: stateOf(status, state),
    step: attribute('SluiceStep'),
    startedAt: info.startTime.toISOString(),
    endedAt: info.closeTime?.toISOString(),
    runId: info.runId,
  };
}

function stateOf(status: string, state: string | undefined): ListEntry['state'] {
  // The outcome is published when it is decided; until the way back is over the rollout is not at rest.
  if (status === 'RUNNING') return isOutcome(state) ? 'going-back' : ((state ?? 'starting') as ListEntry['state']);
  if (status !== 'COMPLETED' && status !== 'CONTINUED_AS_NEW') return 'lost';
  return isOutcome(state) ? state : 'ended';
}
