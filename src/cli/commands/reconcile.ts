import { randomUUID } from 'node:crypto';
import { type Command, Option } from 'commander';
import { reconcileWorkflowId, WORKFLOW_QUEUE } from '../../contract/ids.ts';
import { type ReconcileWorkflow, WORKFLOWS } from '../../contract/messages.ts';
import type { ReconcileInput, ReconcileReport } from '../../contract/reconcile.ts';
import { workflowsArePolled } from '../../temporal/pollers.ts';
import { CliError } from '../errors.ts';
import { EXIT } from '../exit-codes.ts';
import { reconcileCode, reconcileLines } from '../render/reconcile.ts';
import { serverOption } from '../server/find-server.ts';
import { statementFor } from '../server/statement-for.ts';
import { connected, type Session } from '../session.ts';
import { show } from '../terminal/terminal.ts';

interface ReconcileFlags {
  repair?: boolean;
  namespace?: string[];
  server?: string;
}

const LONGEST_MS = 5 * 60_000;

export function addReconcile(program: Command): void {
  program
    .command('reconcile')
    .description(
      'find routes and canaries whose rollout has lost its workflow, bring them to rest, and find clusters without a worker',
    )
    .option('--repair', 'start a repair for each: users to the primary, canary to zero')
    .addOption(serverOption())
    .addOption(new Option('--dry-run', 'only report (the default)').conflicts('repair'))
    .option('-n, --namespace <name...>', 'look in these namespaces only')
    .addHelpText(
      'before',
      'Examples:\n  sluice reconcile\n  sluice reconcile --repair -n demo\n  sluice setup --reconcile-every 5m    as a Temporal Schedule\n',
    )
    .addHelpText(
      'after',
      '\nWithout -n it looks where Temporal knows rollouts of. The worker of --cluster does the looking.\nExit codes: 0 all at rest or being repaired, 8 something was found, 9 a repair was refused.',
    )
    .action(reconcile);
}

async function reconcile(
  { repair = false, namespace: namespaces, server }: ReconcileFlags,
  self: Command,
): Promise<void> {
  await connected(self, async (session) => {
    const { cluster } = session.settings;
    const order = { right: 'repair', what: namespaces ?? ['*'], forMs: LONGEST_MS } as const;
    const statement = repair ? await statementFor(server, session.settings, order) : undefined;
    const report = await ask(session, { cluster, namespaces, repair, statement });
    const clusters = await servedAs(session, cluster);
    if (clusters.length > 1) report.problems.push(twoClusters(cluster, clusters));
    show(session.terminal, report, () => reconcileLines(report));
    return reconcileCode(report);
  });
}

async function servedAs({ client }: Session, cluster: string): Promise<string[]> {
  const { clustersOf } = await import('../../worker/one-cluster.ts');
  return clustersOf(client, cluster);
}

function twoClusters(cluster: string, uids: string[]): string {
  return `clusters ${uids.map((uid) => `${uid}…`).join(' and ')} are both served as ${cluster}: give the workers of one of them another --cluster`;
}

async function ask({ client }: Session, input: ReconcileInput): Promise<ReconcileReport> {
  if (!(await workflowsArePolled(client))) {
    throw new CliError(
      EXIT.unreachable,
      'no worker is polling, so nobody can look',
      `Start one with: sluice worker --cluster ${input.cluster}`,
    );
  }
  return client.withDeadline(Date.now() + LONGEST_MS, () =>
    client.workflow.execute<ReconcileWorkflow>(WORKFLOWS.reconcile, {
      workflowId: `${reconcileWorkflowId(input.cluster)}/${randomUUID()}`,
      taskQueue: WORKFLOW_QUEUE,
      workflowExecutionTimeout: LONGEST_MS,
      args: [input],
      staticSummary: `${input.repair ? 'repair' : 'report'} lost rollouts in ${input.cluster}`,
    }),
  );
}
