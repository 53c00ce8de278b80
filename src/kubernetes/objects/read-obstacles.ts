/** The obstacles that other objects of the namespace put in a canary's way. */
import type { Problem } from '../../contract/offer.ts';
import type { Plan } from '../../contract/plan.ts';
import type { KubeClient, KubeObject, Ref } from '../client/client.ts';
import { ClusterError } from '../client/errors.ts';
import type { DeploymentPair } from './deployments.ts';
import { type Budget, budgetWarnings, canaryAtMost, type Obstacles, workloadObstacles } from './obstacles.ts';
import { quotaWarnings, type ResourceQuota } from './quota.ts';
import { budgetRef, claimRef, deploymentRef, describeRef, quotaRef } from './refs.ts';

interface VolumeClaim extends KubeObject {
  spec?: { accessModes?: string[] };
}

/** Nothing is refused for what may not be read; that is said. */
export async function readObstacles(client: KubeClient, plan: Plan, pair: DeploymentPair): Promise<Obstacles> {
  const { template } = pair.primary.spec;
  const unreadable: string[] = [];
  const [budgets, quotas, ...claims] = await Promise.all([
    allowed(() => client.list<KubeObject & Budget>(budgetRef(plan.namespace)), budgetRef(plan.namespace), unreadable),
    allowed(() => client.list<ResourceQuota>(quotaRef(plan.namespace)), quotaRef(plan.namespace), unreadable),
    ...claimNames(pair).map(async (name) => {
      const ref = claimRef(plan.namespace, name);
      return allowed(async () => [await client.get<VolumeClaim>(ref)], ref, unreadable);
    }),
  ]);
  const own = workloadObstacles(plan, pair);
  const volumes = claims.flat().map((claim) => claim && claimObstacle(plan, claim));
  return {
    problems: [...own.problems, ...volumes.flatMap((one) => (one && typeof one !== 'string' ? [one] : []))],
    warnings: [
      ...own.warnings,
      ...volumes.flatMap((one) => (typeof one === 'string' ? [one] : [])),
      ...budgetWarnings(plan, pair, budgets),
      ...quotaWarnings(quotas, template, canaryAtMost(plan, pair.primary)),
      ...unreadable,
    ],
  };
}

function claimNames({ primary }: DeploymentPair): string[] {
  const { volumes = [] } = primary.spec.template.spec as {
    volumes?: { persistentVolumeClaim?: { claimName: string } }[];
  };
  return [...new Set(volumes.flatMap(({ persistentVolumeClaim: claim }) => (claim ? [claim.claimName] : [])))];
}

/** Two Deployments share the volume. @returns a problem where their pods can never run at the same time, a warning where they might not */
function claimObstacle({ namespace, workload }: Plan, { metadata, spec }: VolumeClaim): Problem | string | undefined {
  const modes = spec?.accessModes ?? [];
  if (modes.some((mode) => mode === 'ReadWriteMany' || mode === 'ReadOnlyMany')) return undefined;
  const volume = `volume claim ${metadata.name}`;
  if (!modes.includes('ReadWriteOncePod')) {
    return `${volume} is ReadWriteOnce: canary pods start only on the node that has a pod of ${workload.primary}`;
  }
  return {
    where: describeRef(deploymentRef(namespace, workload.primary)),
    problem: `its ${volume} is ReadWriteOncePod, so no canary pod can start beside it`,
    remedy: 'give the workload a volume that several pods may use, or none',
  };
}

async function allowed<T>(read: () => Promise<T[]>, ref: Omit<Ref, 'name'>, unreadable: string[]): Promise<T[]> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof ClusterError) || error.retryable) throw error;
    if (error.reason === 'forbidden') {
      unreadable.push(
        `${describeRef(ref)} may not be read, so nobody knows whether they are in the way (see deploy/rbac.yaml)`,
      );
    }
    return [];
  }
}
