import type { Plan } from '../../contract/plan.ts';
import type { KubeClient, KubeObject, Ref } from '../client/client.ts';
import { ClusterError } from '../client/errors.ts';
import type { DeploymentPair } from './deployments.ts';
import { type Neighbours, type Obstacles, obstaclesOf } from './obstacles.ts';
import { budgetRef, claimRef, describeRef, quotaRef } from './refs.ts';

/** What stands in a canary's way. Nothing is refused for what may not be read; that is said. */
export async function readObstacles(client: KubeClient, plan: Plan, pair: DeploymentPair): Promise<Obstacles> {
  const unreadable: string[] = [];
  const read = async <T extends KubeObject>({ name, ...ref }: Ref): Promise<T[]> => {
    try {
      if (!name) return await client.list<T>(ref);
      const one = await client.get<T>({ ...ref, name });
      return one ? [one] : [];
    } catch (error) {
      if (!(error instanceof ClusterError) || error.retryable) throw error;
      const sentence = `${describeRef(name ? { ...ref, name } : ref)} may not be read, so nobody knows what is in the way (see deploy/rbac.yaml)`;
      if (error.reason === 'forbidden') unreadable.push(sentence);
      return [];
    }
  };
  const { volumes = [] } = pair.primary.spec.template.spec as {
    volumes?: { persistentVolumeClaim?: { claimName: string } }[];
  };
  const names = new Set(volumes.flatMap(({ persistentVolumeClaim: claim }) => (claim ? [claim.claimName] : [])));
  const [budgets, quotas, ...claims] = await Promise.all([
    read<Neighbours['budgets'][number]>(budgetRef(plan.namespace)),
    read<Neighbours['quotas'][number]>(quotaRef(plan.namespace)),
    ...[...names].map((name) => read<Neighbours['claims'][number]>(claimRef(plan.namespace, name))),
  ]);
  const { problems, warnings } = obstaclesOf(plan, pair, { budgets, quotas, claims: claims.flat() });
  return { problems, warnings: [...warnings, ...unreadable] };
}
