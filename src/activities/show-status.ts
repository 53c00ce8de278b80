/** Shows the newest rollout of a plan in the status of its object. Only the status is written, and only where it says something else. */
import { isDeepStrictEqual } from 'node:util';
import type { NotifyInput, NotifyResult } from '../contract/notice.ts';
import type { KubeClient, Ref } from '../kubernetes/client/client.ts';
import { ClusterError } from '../kubernetes/client/errors.ts';
import { digest } from '../kubernetes/objects/digest.ts';
import { type PlanWithStatus, planStatus } from '../kubernetes/objects/plan-status.ts';
import { API_VERSION, PLAN_KIND } from '../plan/schema/plan.ts';
import type { RunSnapshot } from '../steering/index.ts';

export interface ShowStatusDeps {
  client: KubeClient;
  /** The newest run of the plan's rollouts; absent: there never was one. */
  look(about: Pick<NotifyInput, 'cluster' | 'namespace' | 'plan'>): Promise<RunSnapshot | undefined>;
}

/** Without the right for it (deploy/features/plan-status.yaml) nothing is written, and nobody is asked for it. */
export async function showStatus({ client, look }: ShowStatusDeps, input: NotifyInput): Promise<NotifyResult> {
  const { to, namespace, plan, object } = input;
  const run = await look(input);
  const over = run === undefined || run.status === 'closed' || run.status === 'lost';
  const told = { told: to, refused: [], later: [], over };
  if (!run?.view || !object) return told;
  const { view } = run;
  try {
    const ref = { apiVersion: API_VERSION, resource: 'rolloutplans', kind: PLAN_KIND, namespace, name: plan };
    const shown = await write(client, ref, (found) => planStatus(view, object.generation, found.status));
    return { ...told, card: { delivery: view.startedBy.delivery, shown, told: '' } };
  } catch (error) {
    if (error instanceof ClusterError && error.reason === 'forbidden') return { ...told, over: true };
    if (!(error instanceof ClusterError)) throw error;
    const failed = to.map((one) => ({ to: one, reason: error.message, perhaps: false }));
    return error.retryable ? { ...told, told: [], later: failed } : { ...told, told: [], refused: failed };
  }
}

/** @returns a hash of what is shown; absent: the object is gone */
async function write(
  client: KubeClient,
  ref: Ref,
  statusOf: (found: PlanWithStatus) => NonNullable<PlanWithStatus['status']>,
): Promise<string | undefined> {
  const found = await client.get<PlanWithStatus>(ref);
  if (!found) return undefined;
  const status = { ...found.status, ...statusOf(found) };
  if (!isDeepStrictEqual(status, found.status)) {
    const { resourceVersion } = found.metadata;
    const guard = { op: 'test' as const, path: '/metadata/resourceVersion', value: resourceVersion };
    await client.patch(ref, [guard, { op: 'add', path: '/status', value: status }], { status: true });
  }
  return digest(status, 16);
}
