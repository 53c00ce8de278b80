/** The plan of an adopted Deployment, as a person would write it. Pure. */
import type { Plan } from '../contract/plan.ts';
import type { KubeObject } from '../kubernetes/client/client.ts';
import { autoscalersOf, boundsOf } from '../kubernetes/objects/autoscalers.ts';
import { formatProblems, loadPlanText, parseImage } from '../plan/index.ts';
import { API_VERSION, PLAN_KIND } from '../plan/schema/plan.ts';
import { CannotAdopt } from './cannot-adopt.ts';
import type { AdoptionAsked, AdoptionFound } from './found.ts';
import { canaryNameOf } from './names.ts';
import type { Telling } from './telling-label.ts';
import type { UsersWay } from './users-way.ts';

export type WrittenPlan = KubeObject & { spec: Record<string, unknown> };

export function planDocument(found: AdoptionFound, way: UsersWay, telling: Telling, asked: AdoptionAsked): WrittenPlan {
  const { namespace, name } = found.deployment.metadata;
  const spec = {
    workload: {
      primary: name,
      canary: canaryNameOf(name),
      canaryLabels: { [telling.key]: telling.canary },
      ...(asked.source === 'canary' && { source: asked.source }),
    },
    ...(asked.source === 'event' && { events: imagesOf(found) }),
    traffic: trafficOf(found, way, telling, asked),
    ...scaleOf(found, way, asked),
    ...(way.form === 'selector' && { shift: { weights: asked.mode === 'pods' ? [50, 100] : [100] } }),
    analysis: analysisOf(asked),
  };
  return { apiVersion: API_VERSION, kind: PLAN_KIND, metadata: { name, namespace }, spec };
}

/** @throws CannotAdopt with what `plan check` says of it */
export function readDocument(document: KubeObject): Plan {
  const loaded = loadPlanText(JSON.stringify(document), 'the plan');
  if ('plan' in loaded) return loaded.plan;
  throw new CannotAdopt('the plan', formatProblems(loaded.problems), 'write it by hand: docs/use/plan.md');
}

/** Of the first container; a deploy event changes every container of that image. */
function imagesOf({ deployment }: AdoptionFound): { image: string }[] {
  const image = parseImage(deployment.spec.template.spec.containers[0]?.image ?? '');
  return image ? [{ image: image.name }] : [];
}

function trafficOf({ deployment, routes }: AdoptionFound, way: UsersWay, telling: Telling, { mode }: AdoptionAsked) {
  const { namespace } = deployment.metadata;
  const named = routes.map(({ route }) => ({
    kind: route.kind,
    name: route.name,
    ...(route.namespace !== namespace && { namespace: route.namespace }),
  }));
  if (way.form === 'selector') {
    const own = { kind: 'Service', name: way.service.metadata.name };
    return { routes: named.length > 0 ? named : [own], ...(mode === 'pods' && { mode }) };
  }
  return { routes: named, ...destinationsOf(way, telling), create: true };
}

/** What the canary's lacks is made by each rollout and goes with it (`create`). */
function destinationsOf({ form, named, service, subset }: UsersWay, { key }: Telling) {
  const { name, namespace } = service.metadata;
  const canary = canaryNameOf(name);
  if (form === 'service') {
    const port = named?.port ?? service.spec?.ports?.[0]?.port;
    return { primary: { service: name, namespace, port }, canary: { service: canary, namespace, port } };
  }
  const { host = name } = named ?? {};
  const primary = { host, ...(named?.subset && { subset: named.subset }) };
  if (subset && key in subset) return { primary, canary: { host, subset: 'canary' } };
  return { primary, canary: { host: host.replace(/^[^.]+/, canary) } };
}

function scaleOf({ autoscalers, deployment }: AdoptionFound, { form }: UsersWay, { mode }: AdoptionAsked) {
  const [autoscaler] = autoscalersOf(autoscalers, deployment.metadata.name);
  if (!autoscaler || (form === 'selector' && mode === 'pods')) return {};
  const { min, max } = boundsOf(autoscaler);
  return { scale: { canary: { autoscaler: { min: 1, max } }, primary: { autoscaler: { min, max } } } };
}

function analysisOf({ metrics }: AdoptionAsked) {
  if (!metrics) return { checks: [{ name: 'pods', builtin: 'podHealth' }] };
  return { ...metrics, checks: [{ name: 'success-rate', builtin: 'requestSuccessRate', min: 99 }] };
}
