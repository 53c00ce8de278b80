/** What happened to users while Sluice moved them, a row per state of the route. Pure. */

import type { PodRequest, ProbeRecord } from '../../lab/prober/index.ts';
import type { TrafficPhase } from '../../lab/story/index.ts';
import { band } from '../../test/support/statistics.ts';
import type { RolledOut } from './rollout.ts';
import type { Row } from './row.ts';

/** Time for Envoy to follow a write on a busy machine. */
const FOLLOWED_MS = 500;
/** A write is seen here a moment after Envoy may have followed it. */
const SEEN_MS = 300;

export function phaseRows({ phases, users, canary }: RolledOut): Row[] {
  const copied = new Set(canary.filter(({ kind }) => kind === 'copy').map(({ id }) => id));
  return phases.map((phase) => phaseRow(phase, users.filter(inside(phase)), copied));
}

function phaseRow({ name, canary, mirror }: TrafficPhase, users: ProbeRecord[], copied: Set<PodRequest['id']>): Row {
  const sent = users.length;
  const at = (version: string) => users.filter(({ pod }) => pod?.startsWith(`reviews-${version}-`)).length;
  const [v1, v2] = [at('v1'), at('v2')];
  const copies = users.filter(({ id }) => copied.has(id)).length;
  const share = band(sent, canary / 100);
  const copiesShare = band(sent, mirror / 100);
  const holds = v1 + v2 === sent && within(v2, share) && within(copies, copiesShare);
  const says = mirror > 0 ? 'answered by v1, copied to v2' : `${share[0]} to ${share[1]} at v2, no copies`;
  return { step: `Sluice: ${name}`, sent, v1: `${v1}`, v2: copies > 0 ? `${copies} copies` : `${v2}`, holds, says };
}

function inside({ from, to }: TrafficPhase): (record: ProbeRecord) => boolean {
  return ({ sentAt }) => sentAt >= from + FOLLOWED_MS && sentAt < to - SEEN_MS;
}

function within(count: number, [low, high]: [number, number]): boolean {
  return count >= low && count <= high;
}
