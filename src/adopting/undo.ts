/** What `sluice adopt --undo` takes back: what carries its annotation, at rest. Pure. */
import type { KubeObject, PatchOperation, Ref } from '../kubernetes/client/client.ts';
import { annotation, OWNER, pointer, ROLLOUT, SHARE } from '../kubernetes/objects/annotations.ts';
import { type Deployment, replicasOf } from '../kubernetes/objects/deployments.ts';
import { describeRef } from '../kubernetes/objects/refs.ts';
import { CannotAdopt } from './cannot-adopt.ts';
import { CONTROLLERS } from './controlled.ts';
import type { FoundObject } from './found.ts';
import { adoptedKeys, canaryNameOf, OWNED, planRef } from './names.ts';

export interface UndoStep {
  ref: Ref;
  object: KubeObject;
  does: string;
  /** Absent: the object goes. */
  operations?: PatchOperation[];
}

/** Everything that adoption may have made or changed. */
export interface UndoFound {
  namespace: string;
  name: string;
  plan?: AdoptedPlan | undefined;
  around: FoundObject[];
}

export interface AdoptedPlan extends KubeObject {
  spec?: { workload?: { primary: string; canary: string } };
  status?: { conditions?: { type: string; status: string }[]; rollout?: string };
}

/** What leads users first, so that nobody is led to what goes; whoever was held still last. */
const LAST_KINDS = ['Deployment', 'Rollout', 'Canary'];

/**
 * The plan first, so that no rollout begins meanwhile. A label that pods got stays: taking it away would restart them.
 * @throws CannotAdopt while a rollout runs, and when users would have nobody
 */
export function undoSteps(found: UndoFound): UndoStep[] {
  const { namespace, name, plan, around } = found;
  const claim = `${namespace}/${name}`;
  const [reason] = [...movements(found, claim), ...lonely(found, claim)];
  if (reason) throw new CannotAdopt(...reason);
  const ordered = around.toSorted((a, b) => LAST_KINDS.indexOf(a.ref.kind) - LAST_KINDS.indexOf(b.ref.kind));
  const all = plan ? [{ ref: planRef(namespace, name), object: plan }, ...ordered] : ordered;
  const [canary] = around.filter(({ ref, object }) => ref.kind === 'Canary' && !object.metadata.deletionTimestamp);
  return all.flatMap((one) => stepOf(one, claim, canary?.object));
}

function stepOf({ ref, object }: FoundObject, claim: string, canary: KubeObject | undefined): UndoStep[] {
  const keys = adoptedKeys(object, claim);
  const what = describeRef(ref);
  if (keys?.length === 0) return [{ ref, object, does: `remove ${what}` }];
  if (keys?.includes(OWNED)) {
    // one whose owner is gone would go too
    const operations = canary ? ownedBy(object, canary) : [];
    return [{ ref, object, operations, does: canary ? `give ${what} back to Canary ${claim}` : `forget ${what}` }];
  }
  if (!keys || ref.kind === 'Deployment') return [];
  const [path, place] = ref.kind === 'Service' ? ['/spec/selector', 'selector'] : ['/spec', 'spec'];
  const spec = object.spec as Record<string, unknown> & { selector?: Record<string, unknown> };
  const there = (ref.kind === 'Service' ? spec.selector : spec) ?? {};
  const operations = keys.flatMap((key): PatchOperation[] =>
    there[key] === undefined ? [] : [{ op: 'remove', path: `${path}/${pointer(key)}` }],
  );
  return [{ ref, object, operations, does: `take ${keys.join(', ')} out of the ${place} of ${what}` }];
}

function ownedBy({ metadata }: KubeObject, { metadata: { name, uid } }: KubeObject): PatchOperation[] {
  const { ownerReferences = [] } = metadata;
  if (ownerReferences.some((one) => one.uid === uid)) return [];
  const { apiVersion, kind } = CONTROLLERS.canary;
  const owner = { apiVersion, kind, name, uid, controller: true, blockOwnerDeletion: true };
  return [{ op: 'add', path: '/metadata/ownerReferences', value: [...ownerReferences, owner] }];
}

type Reason = [where: string, problem: string, remedy: string];

const WAIT = 'wait for its end, or abort it: sluice abort';

function movements({ namespace, name, plan, around }: UndoFound, claim: string): Reason[] {
  const { conditions, rollout = '' } = plan?.status ?? {};
  const runs = conditions?.some((one) => one.type === 'Reconciling' && one.status === 'True');
  const canary = deploymentOf(around, plan?.spec?.workload?.canary ?? canaryNameOf(name));
  const pods = canary && Math.max(replicasOf(canary.object), canary.object.status?.replicas ?? 0);
  const away = around.filter(
    ({ object }) =>
      (annotation(object, OWNER) ?? claim) === claim &&
      (annotation(object, ROLLOUT)?.startsWith(`${name}-`) || annotation(object, SHARE)),
  );
  return [
    ...(runs ? [[describeRef(planRef(namespace, name)), `rollout ${rollout} runs`, WAIT] as Reason] : []),
    ...(canary && pods ? [[describeRef(canary.ref), `it has ${pods} replicas`, WAIT] as Reason] : []),
    ...away.map(({ ref }): Reason => [describeRef(ref), 'it leads users to the canary', WAIT]),
  ];
}

/** A primary that was made serves everybody once the Rollout has no pods. */
function lonely({ plan, name, around }: UndoFound, claim: string): Reason[] {
  const primary = deploymentOf(around, plan?.spec?.workload?.primary ?? name);
  if (!primary || adoptedKeys(primary.object, claim)?.length !== 0) return [];
  const rollout = around.find(({ ref }) => ref.kind === 'Rollout')?.object as RolloutSize | undefined;
  const { replicas = 1 } = rollout?.spec ?? {};
  if (rollout && replicas > 0 && (rollout.status?.availableReplicas ?? 0) >= replicas) return [];
  const remedy = 'scale the Rollout up and wait until its pods are available; gone, it cannot be given back';
  return [[describeRef(primary.ref), "the Rollout's pods do not serve any more, so users would have nobody", remedy]];
}

interface RolloutSize extends KubeObject {
  spec?: { replicas?: number };
  status?: { availableReplicas?: number };
}

function deploymentOf(
  around: readonly FoundObject[],
  name: string,
): (FoundObject & { object: Deployment }) | undefined {
  const one = around.find(({ ref }) => ref.kind === 'Deployment' && ref.name === name);
  return one && { ...one, object: one.object as Deployment };
}
