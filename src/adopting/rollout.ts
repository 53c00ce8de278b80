/** A Rollout of Argo, side by side: a Deployment of its pods comes up under its users, then the Services lead there alone. Pure. */
import type { Plan } from '../contract/plan.ts';
import { ARGO_HASH, ARM } from '../importing/index.ts';
import type { KubeObject } from '../kubernetes/client/client.ts';
import type { Autoscaler } from '../kubernetes/objects/autoscalers.ts';
import { type Deployment, replicasOf } from '../kubernetes/objects/deployments.ts';
import { deploymentRef, describeRef } from '../kubernetes/objects/refs.ts';
import type { Service } from '../kubernetes/objects/services.ts';
import { serviceOfSide } from '../routers/shared/host.ts';
import { CannotAdopt } from './cannot-adopt.ts';
import { holdStep, importedPlan, named, ofKind } from './controlled.ts';
import type { ControlledFound, WorkloadSource } from './found.ts';
import { ADOPTED, adoptedKeys } from './names.ts';
import { type AdoptionDraft, type AdoptStep, canaryStep, planStep, selectorStep, taken } from './steps.ts';
import { servicesOf } from './users-way.ts';

interface RolloutObject extends KubeObject {
  spec: { workloadRef?: { name: string } };
  status?: { stableRS?: string; currentPodHash?: string; abort?: boolean };
}

/** @throws CannotAdopt */
export function rolloutDraft(found: ControlledFound, source: WorkloadSource): AdoptionDraft {
  const hash = stableHash(found);
  const { companions, ...imported } = importedPlan(found, source);
  const { plan, document } = imported;
  const { subset } = plan.traffic.primary;
  if (subset !== undefined)
    throw new CannotAdopt(
      describeRef(found.ref),
      `a DestinationRule tells its sides apart by Argo's hash (subset ${subset})`,
      `do it by hand with the files of sluice import, and give the subsets the label ${ARM}: primary and canary`,
    );
  const made = primaryOf(companions.find(({ kind }) => kind === 'Deployment') as unknown as Deployment, plan, hash);
  const deployments = ofKind<Deployment>(found, 'Deployment');
  const canary = named(deployments, plan.workload.canary);
  return {
    ...imported,
    steps: [
      holdStep(found, 'so that Argo begins no new version: its hash would lead the Services away from everybody'),
      primaryStep(named(deployments, plan.workload.primary), made, plan),
      canaryStep({ canary }, plan, made),
      ...armSteps(found, plan, made),
      planStep(found, plan, document),
    ],
    pair: { primary: { ...made, status: { readyReplicas: replicasOf(made) } }, canary },
    autoscalers: ofKind<Autoscaler>(found, 'HorizontalPodAutoscaler'),
    next: `kubectl scale rollout ${found.ref.name} -n ${plan.namespace} --replicas=0, and when all is well delete it`,
  };
}

function stableHash({ ref, controller }: ControlledFound): string {
  const { spec, status = {} } = controller as RolloutObject;
  const { name } = spec.workloadRef ?? {};
  if (name !== undefined)
    throw new CannotAdopt(
      describeRef(ref),
      `its pods are those of Deployment ${name} (workloadRef)`,
      `scale that one up, wait until it is ready, and adopt it: sluice adopt ${ref.namespace}/${name}`,
    );
  if (status.stableRS && status.stableRS === status.currentPodHash && !status.abort) return status.stableRS;
  throw new CannotAdopt(describeRef(ref), 'it is on its way to another version', 'wait until it is Healthy');
}

/** With Argo's hash on its pods, every Service that asks for it leads to them as well, whoever writes it. */
function primaryOf({ metadata, spec }: Deployment, { namespace, name }: Plan, hash: string): Deployment {
  // GitOps tools delete what carries this label and is not in their source
  const { 'app.kubernetes.io/instance': _, ...labels } = metadata.labels ?? {};
  const annotations = { ...metadata.annotations, [ADOPTED]: `${namespace}/${name}` };
  const pods = spec.template.metadata;
  const template = { ...spec.template, metadata: { ...pods, labels: { ...pods?.labels, [ARGO_HASH]: hash } } };
  return {
    ...{ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name, namespace, labels, annotations } },
    spec: { ...spec, replicas: spec.replicas ?? 1, template },
  };
}

function primaryStep(there: Deployment | undefined, made: Deployment, { namespace, name, workload }: Plan): AdoptStep {
  const ref = deploymentRef(namespace, workload.primary);
  if (there && !adoptedKeys(there, `${namespace}/${name}`))
    throw taken(ref, 'rename it, or remove it if nobody needs it');
  return {
    ...{ ref, object: made, done: there !== undefined, awaited: true },
    why: "the Rollout's pods once more, beside them and under the same users; the next step waits until all are ready",
  };
}

/** Argo writes its hash into Services that the Rollout names, and leaves the rest of their selectors. */
function armSteps(found: ControlledFound, plan: Plan, made: Deployment): AdoptStep[] {
  const [ofPrimary, ofCanary] = [serviceOfSide(plan, 'primary'), serviceOfSide(plan, 'canary')];
  return servicesOf({ services: ofKind<Service>(found, 'Service'), deployment: made }).map((service) => {
    const { name } = service.metadata;
    const arm = name === ofCanary?.name && name !== ofPrimary?.name ? 'canary' : 'primary';
    const why = `so that it leads to the ${arm} alone, and no more to the Rollout's pods`;
    return { ...selectorStep(service, plan, { [ARM]: arm }), why };
  });
}
