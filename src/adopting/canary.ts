/** A pair of Flagger's: its two Deployments stay, and what it owns is freed, so that the Canary's end is the end of nothing else. Pure. */
import type { KubeObject } from '../kubernetes/client/client.ts';
import type { Autoscaler } from '../kubernetes/objects/autoscalers.ts';
import type { Deployment } from '../kubernetes/objects/deployments.ts';
import { deploymentRef, describeRef } from '../kubernetes/objects/refs.ts';
import { CannotAdopt } from './cannot-adopt.ts';
import { holdStep, importedPlan, named, ofKind } from './controlled.ts';
import type { ControlledFound, FoundObject, WorkloadSource } from './found.ts';
import { type AdoptionDraft, type AdoptStep, planStep } from './steps.ts';

/** Put there by `revertOnDeletion`: its end, suspended or not, leads users to the target (finalizer.go). */
const FINALIZER = 'finalizer.flagger.app';
const AT_REST = ['Initialized', 'Succeeded', 'Failed'];

interface CanaryObject extends KubeObject {
  metadata: KubeObject['metadata'] & { finalizers?: string[] };
  spec?: { revertOnDeletion?: boolean };
  status?: { phase?: string };
}

/** @throws CannotAdopt */
export function canaryDraft(found: ControlledFound, source: WorkloadSource): AdoptionDraft {
  atRest(found);
  const owned = found.around.flatMap((one) => freeStep(one, found));
  const freed = { ...found, around: found.around.map((one) => owned.find(({ ref }) => ref === one.ref) ?? one) };
  const { companions: _, ...imported } = importedPlan(freed, source);
  const { plan, document } = imported;
  const pair = ofKind<Deployment>(freed, 'Deployment');
  const primary = named(pair, plan.workload.primary);
  const where = describeRef(deploymentRef(plan.namespace, plan.workload.primary));
  if (!primary) throw new CannotAdopt(where, 'it does not exist', 'wait until Flagger has made it');
  return {
    ...imported,
    steps: [
      holdStep(found, 'so that Flagger leaves routes and Deployments alone: of a suspended one it changes nothing'),
      ...owned,
      planStep(found, plan, document),
    ],
    pair: { primary, canary: named(pair, plan.workload.canary) },
    autoscalers: ofKind<Autoscaler>(freed, 'HorizontalPodAutoscaler'),
    next: `kubectl delete canary ${found.ref.name} -n ${plan.namespace}`,
  };
}

function atRest({ ref, controller }: ControlledFound): void {
  const { metadata, spec, status } = controller as CanaryObject;
  const { deletionTimestamp, finalizers = [] } = metadata;
  const refuse = (problem: string, remedy: string) => {
    throw new CannotAdopt(describeRef(ref), problem, remedy);
  };
  if (deletionTimestamp) refuse('it is being deleted', 'wait until it is gone');
  if (spec?.revertOnDeletion || finalizers.includes(FINALIZER))
    refuse(
      'revertOnDeletion: with its end Flagger leads users to the target, also when it is suspended',
      `set spec.revertOnDeletion: false, and take ${FINALIZER} out of metadata.finalizers`,
    );
  const { phase = 'new' } = status ?? {};
  if (!AT_REST.includes(phase)) refuse(`it is ${phase}`, `wait until it is ${AT_REST.join(' or ')}`);
}

/** Found by the uid: an object of another Canary stays its own. Its copy of an Ingress goes with it, as a plan has an HTTPRoute. */
function freeStep({ ref, object: before }: FoundObject, { ref: canary, controller }: ControlledFound): AdoptStep[] {
  const { ownerReferences = [] } = before.metadata;
  const index = ownerReferences.findIndex(({ uid }) => uid === controller.metadata.uid);
  if (index < 0 || ref.kind === 'Ingress') return [];
  const object = { ...before, metadata: { ...before.metadata, ownerReferences: ownerReferences.toSpliced(index, 1) } };
  return [{ ref, object, frees: { before, index }, why: `it stays when ${describeRef(canary)} goes`, done: false }];
}
