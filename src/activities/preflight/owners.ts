/** Preflight on owners: who else writes what the rollout writes, by name, with the rule that lets both live. Pure. */
import type { TargetPlan } from '../../contract/plan-parts.ts';
import type { Findings } from '../../contract/preflight.ts';
import type { KubeObject, Ref } from '../../kubernetes/client/client.ts';
import { autoscalersOf } from '../../kubernetes/objects/autoscalers.ts';
import { type ObjectOwner, ownersOf } from '../../kubernetes/objects/owners.ts';
import type { PlanWorkloads } from '../../kubernetes/objects/preflight.ts';
import { autoscalerRef, deploymentRef, describeRef } from '../../kubernetes/objects/refs.ts';
import { type ResolvedRoute, routerOf } from '../../routers/index.ts';

/** An object, and what of it the rollout writes. */
interface Written {
  ref: Ref;
  object: KubeObject;
  /** JSON pointers. */
  fields: string[];
  /** The same in parts that leave the rest to Git, as paths of jq. Absent: the fields as they are. */
  parts?: readonly string[];
}

type Owned = Written & { owner: ObjectOwner };

export function ownerFindings(plan: TargetPlan, workloads: PlanWorkloads, routes: readonly ResolvedRoute[]): Findings {
  const written = writtenObjects(plan, workloads, routes);
  const owned = written.flatMap((one) => ownersOf(one.ref, one.object).map((owner): Owned => ({ ...one, owner })));
  const isScaled = ({ owner }: Owned) => owner.name.startsWith('ScaledObject ');
  const others = Object.groupBy(
    owned.filter((one) => !isScaled(one)),
    ({ owner }) => owner.name,
  );
  return {
    problems: owned.filter(isScaled).map(({ ref, owner: { name } }) => ({
      where: describeRef(ref),
      problem: `it belongs to KEDA's ${name}, which takes back the bounds that a rollout sets`,
      remedy: `pause it until the rollout is over, which removes the HPA (kubectl annotate scaledobject ${name.split('/')[1]} -n ${ref.namespace} autoscaling.keda.sh/paused=true), or scale by a HorizontalPodAutoscaler of your own`,
    })),
    warnings: Object.values(others).map((one = []) => warningOf(plan, one)),
  };
}

function writtenObjects(
  plan: TargetPlan,
  { pair, autoscalers }: PlanWorkloads,
  routes: readonly ResolvedRoute[],
): Written[] {
  const { namespace, workload } = plan;
  const containers = pair.primary.spec.template.spec.containers;
  const images = containers.map((_, index) => `/spec/template/spec/containers/${index}/image`);
  const { canary } = pair;
  return [
    { ref: deploymentRef(namespace, workload.primary), object: pair.primary, fields: ['/spec/replicas', ...images] },
    ...(canary
      ? [
          {
            ref: deploymentRef(namespace, workload.canary),
            object: canary,
            fields: ['/spec/replicas', workload.source === 'canary' ? '/spec/paused' : '/spec/template'],
          },
        ]
      : []),
    ...autoscalersOf(autoscalers, workload.primary, workload.canary).map((object) => {
      const fields = ['/spec/minReplicas', '/spec/maxReplicas'];
      return { ref: autoscalerRef(namespace, object.metadata.name), object, fields };
    }),
    ...routes.map(({ ref, ...managed }) => {
      const router = routerOf(managed.route);
      const { list, parts } = router.written;
      // entries and rules that come and go have no path of their own
      const whole =
        plan.affinity !== undefined ||
        plan.match !== undefined ||
        router.read(managed).some(({ found }) => !found.canary);
      return { ref, object: managed.object, fields: [list], ...(!whole && { parts }) };
    }),
  ];
}

/** One sentence for everything that one owner has. */
function warningOf({ traffic }: TargetPlan, owned: Owned[]): string {
  const { tool = 'controller', name = '' } = owned[0]?.owner ?? {};
  const objects = owned.map(({ ref }) => describeRef(ref)).join(', ');
  if (tool === 'controller') return `${objects}: the controller of ${name} may take back what a rollout writes`;
  const fights = traffic.onDrift === 'restore' ? '; traffic.onDrift: restore would write against it without end' : '';
  return `${objects}: ${tool === 'argo' ? "Argo CD's" : "Flux's"} ${name} takes back what a rollout writes, unless it has ${RULES[tool](owned)}${fights}`;
}

const RULES: Record<Exclude<ObjectOwner['tool'], 'controller'>, (owned: Owned[]) => string> = {
  argo: (owned) => {
    const rules = owned.map(({ ref: { apiVersion, kind, name, namespace }, fields, parts }) => {
      const by = parts ? { jqPathExpressions: parts } : { jsonPointers: fields };
      return { group: apiVersion.split('/')[0], kind, name, namespace, ...by };
    });
    return `spec.ignoreDifferences: ${JSON.stringify(rules)} and spec.syncPolicy.syncOptions: [RespectIgnoreDifferences=true, ApplyOutOfSyncOnly=true]`;
  },
  kustomize: (owned) =>
    `spec.ignore: ${targets(owned)} (before Flux 2.9, annotate each with kustomize.toolkit.fluxcd.io/ssa: IfNotPresent)`,
  helm: (owned) => `spec.driftDetection.ignore: ${targets(owned)}`,
};

function targets(owned: Owned[]): string {
  return JSON.stringify(
    owned.map(({ ref: { kind, name, namespace }, fields }) => ({ target: { kind, name, namespace }, paths: fields })),
  );
}
