/** Istio's VirtualServices, as raw JSON: what we do not know stays as it is. */
import type { KubeClient, KubeObject, PatchOperation, Ref } from '../cluster/client.ts';
import { type Drift, fencedPatch } from '../cluster/fenced-patch.ts';
import { deploymentRef, describeRef } from '../cluster/refs.ts';
import { Refusal } from '../cluster/refusals.ts';
import type { RouteInput, RouteResult, Side } from '../rollout/activities.ts';
import { describeIntent, type RouteIntent, sameIntent } from '../rollout/intent.ts';
import type { Plan, RouteRef } from '../rollout/plan.ts';
import type { Router } from './contract.ts';
import { lastOtherWriter } from './istio-drift.ts';
import { inspectIstio } from './istio-inspect.ts';
import { managedRules, pairOf, type VirtualService } from './istio-objects.ts';
import { ruleOperations } from './istio-patch.ts';
import { type FoundRule, intentOf, readRule, unknownRule, withIntent } from './istio-rule.ts';
import { refOf, resolveVirtualService } from './istio-version.ts';

export const istioRouter: Router = {
  kind: 'VirtualService',
  can: { weights: true, mirror: true },
  inspect: inspectIstio,
  apply,
  refs,
  read,
};

function refs(client: KubeClient, plan: Plan, signal?: AbortSignal): Promise<Ref[]> {
  return Promise.all(plan.traffic.routes.map((route) => refOf(client, route, signal)));
}

async function apply(client: KubeClient, input: RouteInput, signal?: AbortSignal): Promise<RouteResult> {
  const { plan, requireReady } = input;
  if (requireReady) {
    const sentence = await notReady(client, plan, requireReady, signal);
    if (sentence) return { kind: 'notReady', sentence };
  }
  // One after another: both the old and the new intent are safe, so each state in between is.
  for (const route of plan.traffic.routes) {
    const sentence = await applyTo(client, input, route, signal);
    if (sentence) return { kind: 'drift', sentence };
  }
  return { kind: 'written', at: new Date().toISOString() };
}

/** @returns a sentence when somebody else's change is in the way */
async function applyTo(
  client: KubeClient,
  input: RouteInput,
  route: RouteRef,
  signal?: AbortSignal,
): Promise<string | undefined> {
  const { plan, intent, fence } = input;
  const ref = await refOf(client, route, signal);
  const result = await fencedPatch<VirtualService>(
    client,
    ref,
    { owner: plan.name, namespace: plan.namespace, fence },
    {
      change: (object) => changeOf(object, ref, input, route),
      isDone: (object) => isAt(object, plan, route, intent),
    },
    signal,
  );
  if (result.kind === 'drift') return result.sentence;
  return result.kind === 'changed' ? driftSentence(result.object, ref, input, route, intent) : undefined;
}

function changeOf(object: VirtualService, ref: Ref, input: RouteInput, route: RouteRef): PatchOperation[] | Drift {
  const { plan, intent, expected, found } = input;
  const managed = managedRules(object, plan, route);
  const known = isAt(object, plan, route, intent) || (expected && isAt(object, plan, route, expected));
  if (expected && !known) return { drift: driftSentence(object, ref, input, route, expected) };
  if (managed.length === 0) {
    throw new Refusal('Drift', `${describeRef(ref)}: no http rule routes to the primary any more; put one back`);
  }
  const pair = pairOf(plan, route);
  const shapes = found.rules.filter((rule) => rule.route === undefined || rule.route === nameOf(route));
  return managed.flatMap(({ rule, index }, position) => {
    const shape = shapeOf(shapes, managed.length, position) ?? unknownRule(rule, index, pair);
    return ruleOperations(`/spec/http/${index}`, rule, withIntent(rule, pair, intent, shape));
  });
}

/** Rules keep their order; their indexes move when people add others. */
function shapeOf(shapes: FoundRule[], managed: number, position: number): FoundRule | undefined {
  return shapes.length === managed ? shapes[position] : undefined;
}

function isAt(object: VirtualService, plan: Plan, route: RouteRef, intent: RouteIntent): boolean {
  const managed = managedRules(object, plan, route);
  const pair = pairOf(plan, route);
  const at = managed.map(({ rule }) => intentOf(readRule(rule, pair)));
  return at.length > 0 && at.every((one) => one !== undefined && sameIntent(one, intent));
}

function driftSentence(
  object: VirtualService,
  ref: Ref,
  { plan }: RouteInput,
  route: RouteRef,
  wanted: RouteIntent,
): string {
  const pair = pairOf(plan, route);
  const odd = managedRules(object, plan, route)
    .map(({ rule, index }) => ({ index, reading: readRule(rule, pair) }))
    .find(({ reading }) => {
      const one = intentOf(reading);
      return !one || !sameIntent(one, wanted);
    });
  const state = odd
    ? `spec.http[${odd.index}] has ${describeReading(odd.reading)}`
    : 'no http rule routes to the primary';
  return `${describeRef(ref)}: ${state}, where Sluice expects ${describeIntent(wanted)}${lastOtherWriter(object)}`;
}

function describeReading(reading: ReturnType<typeof readRule>): string {
  const { primaryWeight, canaryWeight, otherWeight, mirror, foreignMirror } = reading;
  const others = otherWeight > 0 ? `, other destinations ${otherWeight} %` : '';
  const copies = mirror > 0 ? `, copies ${mirror} % to the canary` : '';
  const foreign = foreignMirror ? `, a mirror to ${foreignMirror.host} ${foreignMirror.subset ?? ''}`.trimEnd() : '';
  return `primary ${primaryWeight} %, canary ${canaryWeight} %${others}${copies}${foreign}`;
}

async function notReady(client: KubeClient, plan: Plan, side: Side, signal?: AbortSignal): Promise<string | undefined> {
  const ref = deploymentRef(plan.namespace, plan.workload[side]);
  const object = await client.get<KubeObject & { status?: { readyReplicas?: number } }>(ref, signal);
  if (!object) return `${describeRef(ref)} does not exist, so nobody is routed to the ${side}`;
  if ((object.status?.readyReplicas ?? 0) > 0) return undefined;
  return `${describeRef(ref)} has no ready pod, so nobody is routed to the ${side}`;
}

async function read(client: KubeClient, plan: Plan, signal?: AbortSignal): Promise<RouteIntent | undefined> {
  const intents: (RouteIntent | undefined)[] = [];
  for (const route of plan.traffic.routes) {
    const { object } = await resolveVirtualService(client, route, signal);
    const pair = pairOf(plan, route);
    const managed = object ? managedRules(object, plan, route) : [];
    intents.push(...(managed.length > 0 ? managed.map(({ rule }) => intentOf(readRule(rule, pair))) : [undefined]));
  }
  const [first] = intents;
  return first && intents.every((one) => one && sameIntent(one, first)) ? first : undefined;
}

function nameOf(route: RouteRef): string {
  return `${route.namespace}/${route.name}`;
}
