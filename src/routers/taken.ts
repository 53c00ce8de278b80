/** Whether what was written is in force, by the routes' own status or the pods that they lead to. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { TargetPlan } from '../contract/plan-parts.ts';
import { STATUS_MS } from '../contract/time-limits.ts';
import type { KubeClient, KubeObject, Ref } from '../kubernetes/client/client.ts';
import { describeRef } from '../kubernetes/objects/refs.ts';
import type { Findings, ManagedRoute, ResolvedRoute, Taken } from './contract.ts';
import { can, routerOf } from './registry.ts';
import { readRoutes } from './resolve.ts';
import { worst } from './shared/taken.ts';

const AGAIN_MS = 50;

/** Asks until the answer is no longer "pending", or `withinMs` is over. */
export async function settled(
  ask: () => Promise<Taken>,
  { withinMs, everyMs, signal }: { withinMs: number; everyMs: number; signal: AbortSignal | undefined },
  waiting: (sentence: string) => void = () => {},
): Promise<Taken> {
  const endMs = Date.now() + withinMs;
  for (;;) {
    const taken = await ask();
    if (taken.kind !== 'pending' || Date.now() > endMs) return taken;
    waiting(taken.sentence);
    await sleep(everyMs, undefined, { signal });
  }
}

/** What the route's own status says; nothing where the plan says that no controller writes one. Pure. */
export function statusOf({ plan, route, object }: ManagedRoute): Taken {
  return plan.traffic.awaitStatus === false ? { kind: 'unknown' } : routerOf(route).taken(object);
}

/** Whether what a route says is in force, by all that shows it. Reads only. */
export async function observedOf(client: KubeClient, managed: ManagedRoute): Promise<Taken> {
  const { observe } = routerOf(managed.route);
  return observe ? observe(client, managed) : statusOf(managed);
}

/** Until the status is no longer pending, as far as is known in time. @param statusOf of an object as it is now */
async function settledStatus(
  client: KubeClient,
  ref: Ref,
  read: KubeObject,
  statusOf: (object: KubeObject) => Taken | Promise<Taken>,
) {
  let object: KubeObject | undefined = read;
  const once = async (): Promise<Taken> => {
    const now = object ?? (await client.get(ref));
    object = undefined;
    return now ? statusOf(now) : { kind: 'unknown' };
  };
  return settled(once, { withinMs: STATUS_MS, everyMs: AGAIN_MS, signal: client.signal });
}

/** @returns why the implementation refuses what was just written; undefined when it does not, as far as is known in time */
export async function refusedWrite(
  client: KubeClient,
  ref: Ref,
  written: KubeObject,
  statusOf: (object: KubeObject) => Taken = (object) => routerOf(ref).taken(object),
): Promise<string | undefined> {
  const taken = await settledStatus(client, ref, written, statusOf);
  return taken.kind === 'refused' ? `${describeRef(ref)}: ${taken.sentence}` : undefined;
}

/** What is not in force at rest would not be later either, and nobody would know what a write has done (order rule 1). */
export async function statusFindings(client: KubeClient, { ref, ...managed }: ResolvedRoute): Promise<Findings> {
  const taken = await settledStatus(client, ref, managed.object, (object) =>
    observedOf(client, { ...managed, object }),
  );
  if (!('sentence' in taken)) return { problems: [], warnings: [] };
  const where = describeRef(managed.route);
  // a Service that will be made is what may be missing
  if (taken.kind === 'refused' && managed.plan.traffic.create)
    return { problems: [], warnings: [`${where}: ${taken.sentence}`] };
  const remedy =
    can(managed.route.kind).observed !== 'status'
      ? "see that the controller manager runs, and that the primary's pods stay as they are for a moment"
      : taken.kind === 'refused'
        ? 'correct the route until its status says Accepted and ResolvedRefs'
        : 'see that its controller runs, and take parents that nothing serves out of spec.parentRefs; of a controller that writes no status, set spec.traffic.awaitStatus: false';
  return { problems: [{ where, problem: taken.sentence, remedy }], warnings: [] };
}

/** The worst that is seen of the routes: refused before pending before taken; unknown when only the callers' series can tell. */
export async function routesTaken(client: KubeClient, plan: TargetPlan): Promise<Taken> {
  const told = plan.traffic.routes.filter(({ kind }) => can(kind).observed !== 'series');
  const routes = await readRoutes(client, plan, told);
  return worst(await Promise.all(routes.map((one) => observedOf(client, one)))) ?? { kind: 'unknown' };
}

/** Whom callers are given is seen for every route of the plan: no series of theirs need tell what leads to the canary. */
export function seenByEndpoints({ traffic }: TargetPlan): boolean {
  return traffic.routes.every(({ kind }) => can(kind).observed === 'endpoints');
}
