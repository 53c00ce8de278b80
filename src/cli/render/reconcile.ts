/** What `sluice reconcile` says. Pure. */
import type { ReconcileReport, RolloutWithoutWorkflow, UnservedCluster } from '../../contract/reconcile.ts';
import { plural } from '../../contract/words.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { clean } from './text.ts';

/** For whoever meets a rollout whose workflow is gone. */
export const REPAIR_HINT = 'Bring it to rest with: sluice reconcile --repair';

export function reconcileLines(report: ReconcileReport): string[] {
  const { cluster, namespaces, found, problems, unserved, exported } = report;
  const where = namespaces.length > 0 ? namespaces.join(', ') : 'no namespace: Temporal knows no rollout';
  const lines = found.length > 0 ? found.flatMap(findingLines) : [`Nothing is left behind in ${cluster} (${where}).`];
  const unrepaired = found.filter(({ repair }) => repair === undefined).length;
  return [
    ...lines,
    ...problems.map((problem) => `not looked at: ${problem}`),
    ...(exported?.files ? [`${plural(exported.files, 'audit')} exported.`] : []),
    ...(exported?.problem ? [`audits are not exported: ${exported.problem}`] : []),
    ...unserved.flatMap(unservedLines),
    ...(unrepaired > 0
      ? [`${plural(unrepaired, 'rollout')} without a workflow. Repair with: sluice reconcile --repair`]
      : []),
  ].map(clean);
}

function unservedLines({ cluster, queues, open, waiting }: UnservedCluster): string[] {
  const more = open - waiting.length;
  return [
    `No worker polls ${queues.join(' and ')}. Start one with: sluice worker --cluster ${cluster}`,
    ...waiting.map(({ workflowId, since }) => `  ${workflowId} ${since ? `waits since ${since}` : 'is open'}`),
    ...(more > 0 ? [`  and ${more} more`] : []),
  ];
}

function findingLines({ namespace, plan, rollout, sentences, repair }: RolloutWithoutWorkflow): string[] {
  return [
    `${namespace}/${plan}: ${rollout} has no workflow, and nobody brings it to its end.`,
    ...sentences.map((sentence) => `  ${sentence}.`),
    ...(repair ? [`  ${repairSentence(namespace, plan, repair)}`] : []),
  ];
}

function repairSentence(
  namespace: string,
  plan: string,
  { status, rollout, reason }: NonNullable<RolloutWithoutWorkflow['repair']>,
) {
  if (status === 'started') return `Repair ${rollout} began; watch it: sluice get ${namespace}/${plan} -w`;
  if (status === 'unchanged') return `Nothing had to be repaired any more: ${reason ?? 'it is at rest'}`;
  return `The repair was not begun (${status}): ${reason ?? 'no reason was given'}`;
}

/** What could not be looked at may hide something, so it is no success. */
export function reconcileCode({ found, problems, unserved, exported }: ReconcileReport): ExitCode {
  if (found.some(({ repair }) => repair && !['started', 'unchanged', 'duplicate'].includes(repair.status)))
    return EXIT.conflict;
  if (unserved.length > 0 || found.some(({ repair }) => !repair)) return EXIT.needsYou;
  return problems.length > 0 || exported?.problem ? EXIT.notAllowed : EXIT.ok;
}
