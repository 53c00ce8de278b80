/** A cluster whose primary somebody has shaped, and what is detected in it. */
import { createCanary } from '../../../../src/activities/create-canary.ts';
import type { Detected } from '../../../../src/contract/detected.ts';
import type { Plan } from '../../../../src/contract/plan.ts';
import type { Deployment } from '../../../../src/kubernetes/objects/deployments.ts';
import { planFor } from '../../../support/plan.ts';
import { RolloutCluster } from './rollout-cluster.ts';

export type Spec = Deployment['spec'];

const IMAGES = ['reviews', 'r', 'l', 'new/r', 'team/app', 'team/proxy', 'registry:5000/team/proxy'];
export const plan = planFor('reviews', { events: IMAGES.map((image) => ({ image })) });

/** A primary that somebody has shaped. */
export function cluster(shape: (spec: Spec) => void = () => {}): RolloutCluster {
  const made = new RolloutCluster();
  made.edit(made.deployment('reviews-v1'), ({ spec }) => shape(spec));
  return made;
}

export async function canaryOf(made: RolloutCluster, image: string | undefined, of: Plan = plan): Promise<Deployment> {
  const detected = await made.detect(image, of);
  if (detected.kind !== 'new') throw new Error(JSON.stringify(detected));
  const { epoch } = detected;
  const target = { plan: of, cluster: 'local', clusterUid: 'uid', rollout: `reviews-${epoch}`, epoch };
  await createCanary(made, { ...target, fence: { epoch, seq: 0 } });
  return made.deployment('reviews-v2');
}

export function problemsOf(detected: Detected): string {
  if (detected.kind !== 'refused') throw new Error(JSON.stringify(detected));
  return detected.problems.map(({ where, problem, remedy }) => `${where}: ${problem}; ${remedy}`).join('\n');
}
