/** Where requests arrived, by the logs of the pods themselves. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type PodRequest, readRequests } from '../../lab/prober/index.ts';

/** What the pods of one version were asked by requests of one run. */
export interface Arrivals {
  live: number;
  copies: number;
}

type ByVersion = Record<'v1' | 'v2', Arrivals>;

function arrivalsOf(dir: string, namespace: string, app: string, run: string): ByVersion {
  const of = (version: string) => count(readRequests(dir, namespace, `${app}-${version}-`), run);
  return { v1: of('v1'), v2: of('v2') };
}

const QUIET_MS = 250;
const LONGEST_MS = 5_000;

/**
 * What arrived, when nothing more does: copies come after the answer, and logs are written a moment later.
 * @param dir run folder of the lab @param app pods are called `<app>-<version>-…` @param run first part of the ids
 */
export async function settledArrivals(dir: string, namespace: string, app: string, run: string): Promise<ByVersion> {
  const end = Date.now() + LONGEST_MS;
  let seen = arrivalsOf(dir, namespace, app, run);
  for (;;) {
    await sleep(QUIET_MS);
    const now = arrivalsOf(dir, namespace, app, run);
    if (JSON.stringify(now) === JSON.stringify(seen) || Date.now() > end) return now;
    seen = now;
  }
}

function count(requests: PodRequest[], run: string): Arrivals {
  const ours = requests.filter(({ id }) => id?.startsWith(`${run}-`));
  const copies = ours.filter(({ kind }) => kind === 'copy').length;
  return { live: ours.length - copies, copies };
}
