/** I1, I2, I3, I4: what users are routed to. */
import type { KubeObject } from '../../../src/kubernetes/client/client.ts';
import { type Recorded, rulesOf, unsafeRules, usersWithoutPods } from '../../support/order.ts';
import { clock, lastView, type Trace } from './trace.ts';

/** I1: whoever has users has a ready endpoint. */
export function readyWhereUsersAre({ routes, endpoints, destinations }: Trace): string[] {
  const versions = weightsOf(routes);
  return (['primary', 'canary'] as const).flatMap((side) => {
    const ready = endpoints.map(({ at, value }) => ({ at, value: value[side] }));
    // the watches begin one after the other: what was seen first was so before
    const before = ready.slice(0, 1).map(({ value }) => ({ at: Number.NEGATIVE_INFINITY, value }));
    return usersWithoutPods(versions, destinations[side], [...before, ...ready]);
  });
}

/** I2: the weights of every stored version are whole and sum to 100. */
export function wholeWeights({ routes }: Trace): string[] {
  const versions = weightsOf(routes);
  const broken = versions.flatMap(({ at, value }) =>
    value.flatMap((rule) =>
      Object.entries(rule).flatMap(([destination, weight = 0]) =>
        Number.isInteger(weight) && weight >= 0 && weight <= 100
          ? []
          : [`${clock(at)}: ${destination} has weight ${weight}`],
      ),
    ),
  );
  return [...unsafeRules(versions).map((rule) => `weights do not sum to 100: ${rule}`), ...broken];
}

/** I3: what goes back ends at primary 100, no mirror, canary at zero, in this order. */
export function goesBackInOrder(trace: Trace): string[] {
  const kind = lastView(trace)?.outcome?.kind;
  if (kind !== 'aborted' && kind !== 'failed') return [];
  const { routes, canary, destinations } = trace;
  const last = routes.at(-1);
  if (!last) return ['no version of the route was seen'];
  const weight = weightOn(last.value, destinations.canary);
  const wrong: string[] = [];
  if (weight !== 0) wrong.push(`it ended with ${weight} % on the canary`);
  if (mirrors(last.value)) wrong.push('it ended with a mirror');
  if (replicasOf(canary.at(-1)?.value) > 0) wrong.push(`it ended with ${replicasOf(canary.at(-1)?.value)} canary pods`);
  const away = routes.findLast(({ value }) => weightOn(value, destinations.canary) > 0 || mirrors(value));
  const zero = canary.findLast(({ value }, index) => replicasOf(value) === 0 && replicasOf(canary[index - 1]?.value));
  if (away && zero && zero.at < away.at)
    wrong.push(`the canary was scaled to zero at ${clock(zero.at)}, before the route`);
  return wrong;
}

/** I4: once the primary's template was touched, it gets users only when it is whole again. */
export function primaryWholeBeforeUsers({ routes, primary, primarySize, destinations }: Trace): string[] {
  const [first] = primary;
  const touchedAt = primary.find(({ value }) => imagesOf(value) !== imagesOf(first?.value))?.at;
  if (touchedAt === undefined) return [];
  const gets = routes.filter(
    ({ at, value }, index) =>
      at > touchedAt &&
      weightOn(value, destinations.primary) > 0 &&
      weightOn(routes[index - 1]?.value, destinations.primary) === 0,
  );
  return gets.flatMap(({ at }) => {
    const state = primary.findLast((version) => version.at <= at)?.value;
    return isWhole(state, primarySize) ? [] : [`users went to a primary that is not whole at ${clock(at)}`];
  });
}

function weightsOf(routes: readonly Recorded<KubeObject>[]) {
  return routes.map(({ at, value }) => ({ at, value: rulesOf(value) }));
}

/** The highest weight that any rule gives a destination. */
export function weightOn(route: KubeObject | undefined, destination: string): number {
  if (!route) return 0;
  return Math.max(
    0,
    ...rulesOf(route).map((rule) => rule[destination] ?? (Object.keys(rule).join() === destination ? 100 : 0)),
  );
}

function mirrors(route: KubeObject): boolean {
  const { http = [] } = route.spec as { http?: { mirror?: object; mirrorPercentage?: { value?: number } }[] };
  return http.some(({ mirror, mirrorPercentage }) => mirror !== undefined && mirrorPercentage?.value !== 0);
}

interface DeploymentShape {
  spec: { replicas?: number; template: { spec: { containers: { image: string }[] } } };
  status?: {
    observedGeneration?: number;
    replicas?: number;
    updatedReplicas?: number;
    readyReplicas?: number;
  };
}

function replicasOf(deployment: KubeObject | undefined): number {
  return (deployment as unknown as DeploymentShape | undefined)?.spec.replicas ?? 0;
}

function imagesOf(deployment: KubeObject | undefined): string | undefined {
  const shape = deployment as unknown as DeploymentShape | undefined;
  return shape?.spec.template.spec.containers.map(({ image }) => image).join();
}

function isWhole(deployment: KubeObject | undefined, size: number): boolean {
  const { status = {} } = (deployment ?? {}) as unknown as DeploymentShape;
  const observed = (status.observedGeneration ?? 0) >= Number(deployment?.metadata.generation ?? 0);
  return observed && (status.updatedReplicas ?? 0) >= size && (status.readyReplicas ?? 0) >= size;
}
