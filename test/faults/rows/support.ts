/** What rows have in common. */
import assert from 'node:assert/strict';
import type { RolloutView } from '../../../src/contract/view.ts';
import type { Bed } from '../bed.ts';
import { weightOn } from '../oracles/traffic.ts';
import type { Finding } from '../row.ts';

/** Routes of {@link Bed.plan}: mirror on, mirror off, 50, 100, back. */
export const ROUTE_WRITES = { mirror: 1, mirrorOff: 2, half: 3, all: 4, back: 5 };

/** The rollout ends promoted. */
export async function promoted(bed: Bed): Promise<RolloutView> {
  const view = await bed.result();
  assert.equal(view.outcome?.kind, 'promoted', view.outcome?.reason);
  return view;
}

/** Seconds from one moment to another, epoch ms. */
export function seconds(from: number, to = Date.now()): number {
  return Math.max(0, Math.round((to - from) / 10) / 100);
}

/** Aborts what waits for somebody, and waits for the end. */
export async function abortHeld(bed: Bed, outcome: string, safeAfterS?: number): Promise<Finding> {
  await bed.act('abort', { reason: 'the row is over' });
  const view = await bed.result();
  assert.equal(view.outcome?.kind, 'aborted', view.outcome?.reason);
  return { outcome: `${outcome}; aborted`, safeAfterS };
}

/** What users and copies were given, in order: `50`, `mirror`, `0`. */
export function routed(bed: Bed): string[] {
  const states = bed.recording.routes.map(({ value }) => {
    const { http = [] } = value.spec as { http?: { mirror?: object }[] };
    return http.some(({ mirror }) => mirror) ? 'mirror' : String(weightOn(value, 'v2'));
  });
  return states.filter((state, index) => state !== states[index - 1]);
}

/** A whole rollout of {@link Bed.plan}, nothing twice. */
export const WHOLE_WAY = ['0', 'mirror', '0', '50', '100', '0'];

/** Id of the delivery of a row that looks at it later. */
export function deliveryOf({ namespace }: Bed): string {
  return `delivery-${namespace}`;
}
