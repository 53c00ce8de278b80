/** What `sluice adopt --undo` takes back: what carries its annotation, at rest. Pure. */
import type { KubeObject, Ref } from '../kubernetes/client/client.ts';
import { annotation, ROLLOUT, SHARE } from '../kubernetes/objects/annotations.ts';
import { type Deployment, replicasOf } from '../kubernetes/objects/deployments.ts';
import { deploymentRef, describeRef, serviceRef } from '../kubernetes/objects/refs.ts';
import { CannotAdopt } from './cannot-adopt.ts';
import type { AdoptionFound } from './found.ts';
import { adoptedKeys, canaryNameOf, planRef } from './names.ts';

export interface UndoStep {
  ref: Ref;
  object: KubeObject;
  does: string;
  /** Labels that go, at `/spec/selector`; absent: the object goes. */
  removes?: string[];
}

/**
 * The plan first, so that no rollout begins meanwhile. A label that pods got stays: taking it away would restart them.
 * @throws CannotAdopt while a rollout runs
 */
export function undoSteps(found: Omit<AdoptionFound, 'subsetRules' | 'autoscalers'>): UndoStep[] {
  const { namespace = '', name } = found.deployment.metadata;
  const claim = `${namespace}/${name}`;
  const [moving] = movements(found);
  if (moving) throw new CannotAdopt(...moving, 'wait for its end, or abort it: sluice abort');
  const canaryRef = deploymentRef(namespace, canaryNameOf(name));
  const { plan, canary } = found;
  const made = [
    { ref: planRef(namespace, name), object: plan },
    { ref: canaryRef, object: canary },
  ].flatMap(({ ref, object }) =>
    object && adoptedKeys(object, claim) ? [{ ref, object, does: `remove ${describeRef(ref)}` }] : [],
  );
  const changed = found.services.flatMap((object): UndoStep[] => {
    const removes = adoptedKeys(object, claim);
    if (!removes) return [];
    const ref = serviceRef(namespace, object.metadata.name);
    const does = `take ${removes.join(', ')} out of the selector of ${describeRef(ref)}`;
    return [{ ref, object, does, removes: removes.filter((key) => object.spec?.selector?.[key] !== undefined) }];
  });
  return [...made, ...changed];
}

type Movement = [where: string, problem: string];

function movements({ deployment, plan, canary, services, routes }: Parameters<typeof undoSteps>[0]): Movement[] {
  const { namespace = '', name } = deployment.metadata;
  const { status } = (plan ?? {}) as { status?: { conditions?: { type: string; status: string }[]; rollout?: string } };
  const runs = status?.conditions?.some((one) => one.type === 'Reconciling' && one.status === 'True');
  const pods = canary && Math.max(replicasOf(canary as Deployment), canary.status?.replicas ?? 0);
  const away = [
    ...services.map((object) => ({ ref: serviceRef(namespace, object.metadata.name), object })),
    ...routes,
  ].filter(({ object }) => annotation(object, ROLLOUT)?.startsWith(`${name}-`) || annotation(object, SHARE));
  return [
    ...(runs ? [[describeRef(planRef(namespace, name)), `rollout ${status?.rollout ?? ''} runs`] as Movement] : []),
    ...(pods
      ? [[describeRef(deploymentRef(namespace, canaryNameOf(name))), `it has ${pods} replicas`] as Movement]
      : []),
    ...away.map(({ ref }): Movement => [describeRef(ref), 'it leads users to the canary']),
  ];
}
