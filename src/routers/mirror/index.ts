/**
 * Mirrors for their own sake: looking before anything is written, writing (fenced, read back) and recognising that somebody
 * else changed them. What differs between kinds of routes is in `mirror.ts` of each router's folder.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Fence } from '../../contract/fence.ts';
import { describeDestination, type MirrorSpec } from '../../contract/mirror.ts';
import type {
  MirrorInspected,
  MirrorTarget,
  MirrorWriteInput,
  MirrorWriteResult,
} from '../../contract/mirror-activities.ts';
import type { Problem } from '../../contract/offer.ts';
import type { RouteRef } from '../../contract/plan.ts';
import type { KubeClient, KubeObject, Ref } from '../../kubernetes/client/client.ts';
import { ClusterError } from '../../kubernetes/client/errors.ts';
import { mirrorOwner, storedFence } from '../../kubernetes/objects/annotations.ts';
import { describeRef } from '../../kubernetes/objects/refs.ts';
import { fencedPatch } from '../../kubernetes/writes/fenced-patch.ts';
import { Refusal } from '../../kubernetes/writes/refusals.ts';
import { gatewayMirrorRouter } from '../gateway-api/mirror.ts';
import { routerOf } from '../index.ts';
import { istioMirrorRouter } from '../istio/mirror.ts';
import { lastOtherWriter } from '../shared/drift.ts';
import { mirrorClaimProblem, rolloutProblem } from './claim.ts';
import { isClaimedBy, type MirrorRouter } from './contract.ts';
import type { MirrorForm } from './rules.ts';
import { findTarget, findWorkloads } from './target.ts';

const ROUTERS: readonly MirrorRouter[] = [istioMirrorRouter, gatewayMirrorRouter];

/** How long a write waits for the route's status, ms. */
const TAKEN_WITHIN_MS = 4_000;
const LOOK_AGAIN_MS = 50;

function mirrorRouterOf({ kind }: RouteRef): MirrorRouter {
  const router = ROUTERS.find(({ kinds }) => kinds.includes(kind));
  if (!router) throw new RangeError(`no router mirrors routes of kind ${kind}`);
  return router;
}

/** Looks at route and target before anything is written. Reads only. */
export async function inspectMirror(client: KubeClient, spec: MirrorSpec): Promise<MirrorInspected> {
  const { ref, object } = await routerOf(spec.route).resolve(client, spec.route);
  const where = describeRef(ref);
  if (!object) return refused([{ where, problem: 'does not exist', remedy: 'create it, or correct its name' }]);
  const other = inTheWay(object, spec, where);
  if (other) return refused([other]);
  const { problems, warnings, ...target } = await findTarget(client, spec, ref.apiVersion);
  const resolved: MirrorSpec = { ...spec, to: target.to };
  const examined = mirrorRouterOf(spec.route).examine(object, resolved);
  const all = [...examined.problems, ...problems];
  if (all.length > 0) return refused(all);
  const live = await findWorkloads(client, spec, spec.from, ref.apiVersion);
  const epoch = (storedFence(object, mirrorOwner(spec.name))?.epoch ?? 0) + 1;
  return { kind: 'ready', placement: { epoch, shape: examined.shape, live, ...target }, warnings };
}

function refused(problems: Problem[]): MirrorInspected {
  return { kind: 'refused', problems };
}

/** Who else is on the route. Our own claim is what an earlier run of this name left. */
function inTheWay(object: KubeObject, spec: MirrorSpec, where: string): Problem | undefined {
  const mirror = isClaimedBy(object, spec) ? undefined : mirrorClaimProblem(object, where);
  return mirror ?? rolloutProblem(object, where);
}

/** Brings the mirror on, or everything of it away. @throws ClusterError; Refusal `FenceRefused` when a newer write is there */
export async function writeMirror(client: KubeClient, input: MirrorWriteInput): Promise<MirrorWriteResult> {
  const { ref } = await routerOf(input.spec.route).resolve(client, input.spec.route);
  try {
    return await (input.on ? writeOn(client, ref, input) : writeOff(client, ref, input));
  } catch (error) {
    if (error instanceof Refusal && error.kind === 'ClaimRefused') return { kind: 'refused', sentence: error.message };
    if (!(error instanceof ClusterError && error.reason === 'notFound')) throw error;
    return { kind: 'missing', sentence: `${describeRef(ref)} does not exist any more` };
  }
}

function formOf({ spec, placement }: MirrorTarget): MirrorForm {
  return { spec: { ...spec, to: placement.to }, shape: placement.shape };
}

async function writeOn(client: KubeClient, ref: Ref, input: MirrorWriteInput): Promise<MirrorWriteResult> {
  const { spec, fence } = input;
  const router = mirrorRouterOf(spec.route);
  const form = formOf(input);
  const result = await fencedPatch(
    client,
    ref,
    { owner: spec.name, namespace: spec.namespace, fence, mirror: 'claim' },
    {
      change: (object) => {
        // The object may be another one than that of the inspection.
        const problem = inTheWay(object, spec, describeRef(ref)) ?? router.examine(object, form.spec).problems[0];
        if (problem) return { drift: `${problem.where} ${problem.problem}; ${problem.remedy}` };
        return router.on(object, form) ?? { drift: `${describeRef(ref)}: no rule is left to mirror` };
      },
      isDone: (object) => router.isOn(object, form),
    },
  );
  if (result.kind === 'drift') return { kind: 'refused', sentence: result.sentence };
  if (result.kind === 'changed') return { kind: 'notTaken', sentence: changedWords(result.object, ref) };
  // Gateway API before version 1.2 has no names of rules, and by the name our rule is known
  if (!router.isOn(result.object, form)) {
    return {
      kind: 'notTaken',
      sentence: `${describeRef(ref)}: the cluster did not keep what was written; a mirror of everything needs no rule of its own`,
    };
  }
  return untilTaken(client, ref, input, result.object);
}

async function writeOff(client: KubeClient, ref: Ref, input: MirrorWriteInput): Promise<MirrorWriteResult> {
  const { spec, fence } = input;
  const router = mirrorRouterOf(spec.route);
  const form = formOf(input);
  const result = await fencedPatch(
    client,
    ref,
    { owner: spec.name, namespace: spec.namespace, fence, mirror: 'release' },
    { change: (object) => router.off(object, form), isDone: (object) => router.off(object, form).length === 0 },
  );
  if (result.kind === 'changed') return { kind: 'notTaken', sentence: `${describeRef(ref)} carries the mirror again` };
  return { kind: 'written', at: new Date().toISOString() };
}

/** The status follows within milliseconds; what takes longer is believed. */
async function untilTaken(
  client: KubeClient,
  ref: Ref,
  { spec }: MirrorTarget,
  written: KubeObject,
): Promise<MirrorWriteResult> {
  const router = routerOf(spec.route);
  const endMs = Date.now() + TAKEN_WITHIN_MS;
  let object: KubeObject | undefined = written;
  for (;;) {
    const taken = object ? router.taken(object) : ({ kind: 'unknown' } as const);
    if (taken.kind === 'refused') return { kind: 'notTaken', sentence: `${describeRef(ref)}: ${taken.sentence}` };
    if (taken.kind !== 'pending' || Date.now() > endMs) return { kind: 'written', at: new Date().toISOString() };
    await sleep(LOOK_AGAIN_MS, undefined, { signal: client.signal });
    object = await client.get(ref);
  }
}

/** Where a mirror's route is, in the API version that the cluster serves. */
export async function mirrorRouteRef(client: KubeClient, spec: MirrorSpec): Promise<Ref> {
  return (await routerOf(spec.route).resolve(client, spec.route)).ref;
}

/**
 * Whether somebody else took the mirror away or changed what it is a copy of. Pure.
 * @param fence of our last write; an object with a newer one is believed as it is
 * @returns in one sentence what is not ours any more; undefined: it is as we wrote it
 */
export function mirrorChanged(object: KubeObject, ref: Ref, target: MirrorTarget, fence: Fence): string | undefined {
  const stored = storedFence(object, mirrorOwner(target.spec.name));
  if (stored && (stored.epoch > fence.epoch || (stored.epoch === fence.epoch && stored.seq > fence.seq)))
    return undefined;
  if (isClaimedBy(object, target.spec) && mirrorRouterOf(target.spec.route).isOn(object, formOf(target)))
    return undefined;
  return `${changedWords(object, ref)}, where Sluice expects the mirror to ${describeDestination(target.placement.to)}`;
}

function changedWords(object: KubeObject, ref: Ref): string {
  return `${describeRef(ref)}: somebody else changed the mirrored rules${lastOtherWriter(object)}`;
}
