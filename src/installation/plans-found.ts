/** Where the plans of a source are, and whether they are still the same: files of a directory, or objects of the cluster. */
import { join } from 'node:path';
import { REQUEST_MS } from '../contract/time-limits.ts';
import { ClusterError } from '../kubernetes/client/errors.ts';
import { connect, type KubeClient } from '../kubernetes/index.ts';
import { globFits, loadPlanDir, loadPlanObjects, type PlanDir, type PlanRule, planFiles } from '../plan/index.ts';
import { API_VERSION, PLAN_KIND } from '../plan/schema/plan.ts';
import { fileState } from './file-state.ts';
import type { PlanSourceEntry } from './installation.ts';

export interface FoundPlans {
  /** Another text when one is another one, or was written. */
  fingerprint: string;
  load(rule: PlanRule): Promise<PlanDir>;
}

/** @throws when directory or cluster cannot be read */
export function findPlans(source: PlanSourceEntry, kubeconfig?: string): Promise<FoundPlans> {
  const { dir, name } = source;
  return dir === undefined ? findObjects(source, kubeconfig) : findFiles(dir, name && `${name}/`);
}

async function findFiles(dir: string, shown?: string): Promise<FoundPlans> {
  const files = await planFiles(dir);
  const parts = await Promise.all(files.map(async (file) => `${file} ${await fileState(join(dir, file))}`));
  return { fingerprint: parts.join('\n'), load: (rule) => loadPlanDir(dir, rule, shown) };
}

const PLANS = { apiVersion: API_VERSION, resource: 'rolloutplans', kind: PLAN_KIND };

/** Listed whenever plans are needed, over a connection for it: between two needs nothing is watched, and nothing is open. */
async function findObjects({ name, namespaces }: PlanSourceEntry, kubeconfig?: string): Promise<FoundPlans> {
  const cluster = connect({ kubeconfig, requestTimeoutMs: REQUEST_MS });
  try {
    const objects = await listObjects(cluster, namespaces);
    const parts = objects.map(({ metadata: { uid, generation } }) => `${uid} ${generation}`);
    return { fingerprint: parts.join('\n'), load: async (rule) => loadPlanObjects(objects, rule) };
  } catch (error) {
    const remedy = error instanceof ClusterError && REMEDIES[error.reason];
    if (!remedy) throw error;
    throw new Error(`the source ${name} of plans cannot be read: ${remedy} (${error.message})`, { cause: error });
  } finally {
    await cluster.close();
  }
}

const REMEDIES: Partial<Record<ClusterError['reason'], string>> = {
  notFound: 'the cluster does not know the kind, apply deploy/crds/rolloutplans.yaml',
  forbidden: 'bind ClusterRole sluice-plans of deploy/features/plans.yaml',
};

/** With a pattern among them those of all namespaces are read. */
async function listObjects(cluster: KubeClient, namespaces: readonly string[]) {
  const listIn = (namespace: string) => cluster.list({ ...PLANS, namespace });
  if (!namespaces.some((one) => one.includes('*')))
    return (await Promise.all([...new Set(namespaces)].map(listIn))).flat();
  const all = await cluster.list(PLANS);
  return all.filter(({ metadata: { namespace = '' } }) => namespaces.some((one) => globFits(one, namespace)));
}
