/** What is open, as Temporal's visibility tells it: no worker is asked, and none is woken. */
import type { Client, WorkflowExecutionInfo } from '@temporalio/client';
import { WORKFLOWS } from '../contract/messages.ts';
import { type StepName, stepNumber } from '../contract/steps.ts';
import { stateOf } from '../steering/list-rollouts.ts';

export interface OpenWork {
  kind: 'rollout' | 'mirror';
  cluster: string;
  namespace: string;
  /** Of a rollout: see `RolloutStateName`. */
  state: string;
  /** Users, or copies of their requests, may reach the canary. */
  isExposed: boolean;
  /** Its decisions fail again and again, so nothing of it goes on. */
  isBroken: boolean;
  workflowId: string;
  runId: string;
}

const OPEN = `WorkflowType IN ('${WORKFLOWS.rollout}', '${WORKFLOWS.mirror}') AND ExecutionStatus = 'Running'`;

/** Rollouts and mirrors that run, the newest first; read one by one, as visibility groups by nothing of ours. */
export async function openWork(client: Client): Promise<OpenWork[]> {
  const open: OpenWork[] = [];
  for await (const info of client.workflow.list({ query: OPEN, pageSize: 1_000 })) open.push(...toOpenWork(info));
  return open;
}

function toOpenWork({ workflowId, runId, status, searchAttributes }: WorkflowExecutionInfo): OpenWork[] {
  const [, kind, cluster, namespace] = /^(rollout|mirror)\/([^/]{1,63})\/([^/]{1,63})\/[^/]+$/.exec(workflowId) ?? [];
  if (!cluster || !namespace) return [];
  const text = (name: string) => searchAttributes[name]?.[0] as string | undefined;
  const state = stateOf(status.name, text('SluiceState'));
  const isBroken = (searchAttributes.TemporalReportedProblems?.length ?? 0) > 0;
  const common = { cluster, namespace, isBroken, workflowId, runId };
  if (kind === 'mirror') return [{ ...common, kind, state, isExposed: true }];
  return [
    { ...common, kind: 'rollout', state, isExposed: isExposed(state, text('SluiceStep') as StepName | undefined) },
  ];
}

/** From the mirror until users are back on the primary. What waits for a yes before the mirror or the first weight has none yet. */
function isExposed(state: string, step: StepName | undefined): boolean {
  if (!step || (state === 'needs-you' && (step === 'mirror' || step === 'route-canary'))) return false;
  const number = stepNumber(step);
  return number >= stepNumber('mirror') && number <= stepNumber('switch-back');
}
