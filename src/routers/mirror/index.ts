/**
 * Mirrors for their own sake: looking before anything is written, writing (fenced, read back) and recognising that somebody
 * else changed them. What differs between kinds of routes is the member `mirror` of their router.
 */
import { compareFences, type Fence } from '../../contract/fence.ts';
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
import { isClusterError } from '../../kubernetes/client/errors.ts';
import { mirrorOwner, storedFence } from '../../kubernetes/objects/annotations.ts';
import { describeRef } from '../../kubernetes/objects/refs.ts';
import { type FencedResult, fencedPatch, type WriteAs } from '../../kubernetes/writes/fenced-patch.ts';
import { Refusal } from '../../kubernetes/writes/refusals.ts';
import type { MirrorForm, MirrorRouter } from '../contract.ts';
import { routerOf } from '../registry.ts';
import { resolveRoute } from '../resolve.ts';
import { inTheWay, isClaimedBy } from '../shared/claims.ts';
import { lastChangedBy } from '../shared/drift.ts';
import { hostGrantProblems } from '../shared/grants.ts';
import { refusedWrite } from '../taken.ts';
import { findTarget, findWorkloads } from './target.ts';

/** @throws RangeError for a kind of route that carries none */
function mirrorOf(route: RouteRef): MirrorRouter {
  const { mirror } = routerOf(route);
  if (!mirror) throw new RangeError(`no router mirrors routes of kind ${route.kind}`);
  return mirror;
}

/** Looks at route and target before anything is written. Reads only. */
export async function inspectMirror(
  client: KubeClient,
  spec: MirrorSpec,
  clusterUid: string,
): Promise<MirrorInspected> {
  const { ref, object } = await resolveRoute(client, spec.route);
  const where = describeRef(ref);
  if (!object) return refused([{ where, problem: 'does not exist', remedy: 'create it, or correct its name' }]);
  const others = inTheWay(object, spec);
  if (others.length > 0) return refused(others);
  const { problems, warnings, ...target } = await findTarget(client, ref, spec, object);
  const examined = mirrorOf(spec.route).examine(object, { ...spec, to: target.to });
  const all = [...(await targetGrants(client, spec)), ...examined.problems, ...problems];
  if (all.length > 0) return refused(all);
  const live = await findWorkloads(client, ref, spec.from);
  const epoch = (storedFence(object, mirrorOwner(spec.name))?.epoch ?? 0) + 1;
  return { kind: 'ready', placement: { clusterUid, epoch, shape: examined.shape, live, ...target }, warnings };
}

function targetGrants(client: KubeClient, { to, route, ...mirror }: MirrorSpec): Promise<Problem[]> {
  return hostGrantProblems(client, [{ ...route, host: to.host }], mirror);
}

function refused(problems: Problem[]): MirrorInspected {
  return { kind: 'refused', problems };
}

/** Brings the mirror on, or everything of it away. @throws ClusterError; Refusal `FenceRefused` when a newer write is there */
export async function writeMirror(client: KubeClient, input: MirrorWriteInput): Promise<MirrorWriteResult> {
  const { ref } = await resolveRoute(client, input.spec.route);
  try {
    const problem = await (input.on ? writeOn(client, ref, input) : writeOff(client, ref, input));
    return problem ?? { kind: 'written', at: new Date().toISOString() };
  } catch (error) {
    if (error instanceof Refusal && error.kind === 'ClaimRefused') return { kind: 'refused', sentence: error.message };
    if (!isClusterError(error, 'notFound')) throw error;
    return { kind: 'missing', sentence: `${describeRef(ref)} does not exist any more` };
  }
}

type Unwritten = Exclude<MirrorWriteResult, { kind: 'written' }>;

function formOf({ spec, placement }: MirrorTarget): MirrorForm {
  return { spec: { ...spec, to: placement.to }, shape: placement.shape };
}

async function writeOn(client: KubeClient, ref: Ref, input: MirrorWriteInput): Promise<Unwritten | undefined> {
  const { spec } = input;
  const mirror = mirrorOf(spec.route);
  const form = formOf(input);
  const notGranted = await targetGrants(client, form.spec);
  const result = await fencedPatch(client, ref, writeAs(input, 'claim'), {
    change: (object) => {
      // The object may be another one than that of the inspection.
      const [problem] = [...notGranted, ...inTheWay(object, spec), ...mirror.examine(object, form.spec).problems];
      if (problem) return { drift: `${problem.where} ${problem.problem}; ${problem.remedy}` };
      return mirror.on(object, form) ?? { drift: `${describeRef(ref)}: no rule is left to mirror` };
    },
    isDone: (object) => mirror.isOn(object, form),
  });
  if (result.kind === 'drift') return { kind: 'refused', sentence: result.sentence };
  const sentence = await notKept(client, ref, result, mirror.isOn(result.object, form));
  return sentence === undefined ? undefined : { kind: 'notTaken', sentence };
}

function writeAs({ spec: { name, namespace }, fence }: MirrorWriteInput, mirror: 'claim' | 'release'): WriteAs {
  return { owner: name, namespace, fence, mirror };
}

async function notKept(
  client: KubeClient,
  ref: Ref,
  { kind, object }: FencedResult<KubeObject>,
  isOn: boolean,
): Promise<string | undefined> {
  if (kind === 'changed') return changedWords(object, ref);
  if (isOn) return refusedWrite(client, ref, object);
  // Gateway API before version 1.2 has no names of rules, and by the name our rule is known
  return `${describeRef(ref)}: the cluster did not keep what was written; a mirror of everything needs no rule of its own`;
}

async function writeOff(client: KubeClient, ref: Ref, input: MirrorWriteInput): Promise<Unwritten | undefined> {
  const off = (object: KubeObject) => mirrorOf(input.spec.route).off(object, formOf(input));
  const { kind } = await fencedPatch(client, ref, writeAs(input, 'release'), {
    change: off,
    isDone: (object) => off(object).length === 0,
  });
  if (kind !== 'changed') return undefined;
  return { kind: 'notTaken', sentence: `${describeRef(ref)} carries the mirror again` };
}

/**
 * Whether somebody else took the mirror away or changed what it is a copy of. Pure.
 * @param fence of our last write; an object with a newer one is believed as it is
 * @returns in one sentence what is not ours any more; undefined: it is as we wrote it
 */
export function mirrorChanged(object: KubeObject, ref: Ref, target: MirrorTarget, fence: Fence): string | undefined {
  const stored = storedFence(object, mirrorOwner(target.spec.name));
  if (stored && compareFences(stored, fence) > 0) return undefined;
  const { spec, placement } = target;
  if (isClaimedBy(object, spec) && mirrorOf(spec.route).isOn(object, formOf(target))) return undefined;
  return `${changedWords(object, ref)}, where Sluice expects the mirror to ${describeDestination(placement.to)}`;
}

function changedWords(object: KubeObject, ref: Ref): string {
  return `${describeRef(ref)}: somebody else changed the mirrored rules${lastChangedBy(object)}`;
}
