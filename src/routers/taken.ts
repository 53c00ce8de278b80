/** Whether what was written is in force, by the routes' own status. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { TargetPlan } from '../contract/plan-parts.ts';
import { STATUS_MS } from '../contract/time-limits.ts';
import type { KubeClient, KubeObject, Ref } from '../kubernetes/client/client.ts';
import { describeRef } from '../kubernetes/objects/refs.ts';
import type { Taken } from './contract.ts';
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

/** @returns why the implementation refuses what was just written; undefined when it does not, as far as is known in time */
export async function refusedWrite(client: KubeClient, ref: Ref, written: KubeObject): Promise<string | undefined> {
  let object: KubeObject | undefined = written;
  const ask = async (): Promise<Taken> => {
    const now = object ?? (await client.get(ref));
    object = undefined;
    return now ? routerOf(ref).taken(now) : { kind: 'unknown' };
  };
  const taken = await settled(ask, { withinMs: STATUS_MS, everyMs: AGAIN_MS, signal: client.signal });
  return taken.kind === 'refused' ? `${describeRef(ref)}: ${taken.sentence}` : undefined;
}

/** The worst that the routes' own status says: refused before pending before taken; unknown when none has a status. */
export async function routesTaken(client: KubeClient, plan: TargetPlan): Promise<Taken> {
  const told = plan.traffic.routes.filter(({ kind }) => can(kind).observed === 'status');
  const routes = await readRoutes(client, plan, told);
  return worst(routes.map(({ route, object }) => routerOf(route).taken(object))) ?? { kind: 'unknown' };
}
