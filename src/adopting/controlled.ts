/** Canaries of Flagger and Rollouts of Argo: how each is held still, and its plan as `sluice import` makes it. Pure. */
import type { RouteRef } from '../contract/plan.ts';
import { type Imported, importObjects, readObjects } from '../importing/index.ts';
import type { KubeObject, Ref } from '../kubernetes/client/client.ts';
import { describeRef } from '../kubernetes/objects/refs.ts';
import { CannotAdopt } from './cannot-adopt.ts';
import type { ControlledFound, ControllerKind, FoundRoute, WorkloadSource } from './found.ts';
import { readDocument, type WrittenPlan } from './plan-document.ts';
import type { AdoptStep } from './steps.ts';

/** `hold`: true in its spec, the controller begins no new version. Flagger 1.44 (scheduler.go), Argo Rollouts 1.9 (sync.go). */
export const CONTROLLERS = {
  canary: { apiVersion: 'flagger.app/v1beta1', kind: 'Canary', resource: 'canaries', hold: 'suspend' },
  rollout: { apiVersion: 'argoproj.io/v1alpha1', kind: 'Rollout', resource: 'rollouts', hold: 'paused' },
} as const satisfies Record<ControllerKind, object>;

export function controllerRef(kind: ControllerKind, at: { namespace: string; name: string }): Ref {
  const { hold: _, ...type } = CONTROLLERS[kind];
  return { ...type, ...at };
}

export function holdStep({ ref, controller, kind }: ControlledFound, why: string): AdoptStep {
  const labels = { [CONTROLLERS[kind].hold]: true };
  const spec = controller.spec as Record<string, unknown>;
  const done = spec[CONTROLLERS[kind].hold] === true;
  return {
    ...{ ref, why, done, object: { ...controller, spec: { ...spec, ...labels } } },
    adds: { path: '/spec', labels, before: controller },
  };
}

/** Values of ConfigMaps and Secrets are nothing to an importer. */
const VALUES = ['ConfigMap', 'Secret'];

/** @throws CannotAdopt for the first refusal of the importer, and for a route that is not there */
export function importedPlan(found: ControlledFound, source: WorkloadSource) {
  const { controller, ref, around } = found;
  const items = [controller, ...around.flatMap(({ object }) => (VALUES.includes(object.kind ?? '') ? [] : [object]))];
  const { objects, problems } = readObjects(JSON.stringify({ apiVersion: 'v1', kind: 'List', items }), 'the cluster');
  const [imported] = importObjects(objects, { namespace: ref.namespace ?? '' });
  const [refusal] = [...problems, ...(imported?.refusals ?? [])];
  if (refusal) throw new CannotAdopt(`${describeRef(ref)} ${refusal.path}`, refusal.message, refusal.remedy ?? '');
  const { plan: made, rows, source: name, companions } = imported as Imported;
  const { spec, ...head } = made as unknown as WrittenPlan;
  const { events: _, ...rest } = spec;
  const own = { ...rest, workload: { ...(rest.workload as object), source } };
  const document = { ...head, spec: source === 'canary' ? own : spec };
  const plan = readDocument(document);
  const changed = rows.filter(({ object, result }) => object === name && result !== 'kept');
  return {
    ...{ plan, document, companions },
    warnings: changed.map(({ path, result, note }) => `${path}: ${result}${note ? `, ${note}` : ''}`),
    routes: plan.traffic.routes.map((route) => routeAround(found, route)),
  };
}

function routeAround({ around }: ControlledFound, route: RouteRef): FoundRoute {
  const one = around.find(({ ref }) => describeRef(ref) === describeRef(route));
  if (one) return { route, ...one };
  const remedy = 'its users come another way so far: make the objects that sluice import writes, and lead users there';
  throw new CannotAdopt(describeRef(route), 'it is not there', remedy);
}

/** All of one kind, with their namespace. */
export function ofKind<T extends KubeObject>({ around }: Pick<ControlledFound, 'around'>, kind: string): T[] {
  return around.flatMap(({ ref, object }) => (ref.kind === kind ? [object as T] : []));
}

export function named<T extends KubeObject>(all: readonly T[], name: string): T | undefined {
  return all.find(({ metadata }) => metadata.name === name);
}
