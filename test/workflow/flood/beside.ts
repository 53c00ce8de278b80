/** Rollouts beside the flood, by the worker that has the flooded plan's as well. */
import { Client, Connection } from '@temporalio/client';
import { makeOffer } from '../../../src/activities/make-offer.ts';
import { WORKFLOW_QUEUE } from '../../../src/contract/ids.ts';
import type { Offer } from '../../../src/contract/offer.ts';
import type { Plan } from '../../../src/contract/plan.ts';
import { offerFor, planFor } from '../../support/plan.ts';
import { startHarness, temporalAddress } from '../../support/workflow/harness.ts';
import { FakeWorld } from '../../support/workflow/world.ts';

/** How long each weight stands, ms. */
export const PACE_MS = 2_000;

export interface RolloutsBeside {
  cluster: string;
  /** Offers that reached the flooded plan's rollouts. */
  flooded(): number;
  /** @returns how it ended, and how long each of its five weights stood, ms */
  rollout(name: string): Promise<{ outcome: string; steps: number[] }>;
  close(): Promise<void>;
}

type Given = { plan?: Plan; offer?: Offer };

export async function startBeside(): Promise<RolloutsBeside> {
  const worlds = new Map<string, FakeWorld>();
  const worldOf = ({ plan, offer }: Given): FakeWorld => {
    const { name = '' } = plan ?? offer?.plan ?? {};
    const world = worlds.get(name) ?? new FakeWorld();
    worlds.set(name, world);
    return world;
  };
  // a cluster for each plan
  const split = (queue: 'cluster' | 'waits') => {
    const play = (name: string) => (input: Given) =>
      (worldOf(input)[queue]() as unknown as Record<string, (input: Given) => Promise<unknown>>)[name]?.(input);
    return Object.fromEntries(Object.keys(new FakeWorld()[queue]()).map((name) => [name, play(name)]));
  };
  const moments = new Map<string, number[]>();
  const noted = (name: string) => {
    const play = split('cluster')[name];
    return async (input: Given & { intent?: { canary: number } }) => {
      const result = await play?.(input);
      if (input.intent?.canary !== 0) moments.get(input.plan?.name ?? '')?.push(performance.now());
      return result;
    };
  };
  const connection = await Connection.connect({ address: temporalAddress() });
  const client = new Client({ connection });
  let offers = 0;
  const control = {
    ...new FakeWorld().control(),
    notify: async ({ to }: { to: unknown[] }) => ({ told: to, refused: [], later: [], over: true }),
    makeOffer: (input: { cluster: string; offer: Offer }) => {
      offers += 1;
      return makeOffer({ client }, input);
    },
  };
  const cluster = () => ({ ...split('cluster'), route: noted('route'), upgradePrimary: noted('upgradePrimary') });
  const cast = { cluster, waits: () => split('waits'), control: () => control };
  const harness = await startHarness(cast, { queue: WORKFLOW_QUEUE });
  return {
    cluster: harness.cluster,
    flooded: () => offers,
    async rollout(name) {
      const shift = { weights: [20, 40, 60, 80, 100], everyMs: PACE_MS };
      const plan = planFor(name, { mirror: undefined, shift });
      const seen: number[] = [];
      moments.set(name, seen);
      await harness.offer(offerFor(plan));
      const { outcome } = await harness.handle(plan).result();
      return { outcome: outcome.kind, steps: seen.slice(1).map((at, index) => at - (seen[index] ?? 0)) };
    },
    async close() {
      await harness.close();
      await connection.close();
    },
  };
}
