import { binomial } from './binomial.ts';
import { type Cell, TICK_SECONDS, TICKS } from './cells.ts';
import { poisson } from './poisson.ts';
import type { Random } from './random.ts';
import type { SimulatedTraffic } from './traffic.ts';

/** One tick of both arms, as the comparison takes it. */
export interface Counts {
  /** From 1. */
  tick: number;
  canary: { requests: number; errors: number };
  primary: { requests: number; errors: number };
}

/** One rollout: Poisson arrivals, each request fails by itself with its version's rate of that moment. */
export function series(cell: Cell, traffic: SimulatedTraffic, random: Random): Counts[] {
  return Array.from({ length: TICKS }, (_, i) => {
    const tick = i + 1;
    const { canary, primary } = arrivals(traffic, random);
    return {
      tick,
      canary: { requests: canary, errors: binomial(canary, canaryRate(cell, tick), random) },
      primary: { requests: primary, errors: binomial(primary, cell.primary(tick), random) },
    };
  });
}

/** A mirror copies each request; a split sends each one way, which makes two independent Poisson streams. */
function arrivals({ rps, share }: SimulatedTraffic, random: Random): { canary: number; primary: number } {
  const mean = rps * TICK_SECONDS;
  if (share === 'mirror') {
    const requests = poisson(mean, random);
    return { canary: requests, primary: requests };
  }
  const part = share / 100;
  return { canary: poisson(mean * part, random), primary: poisson(mean * (1 - part), random) };
}

/** Read later, a tick has a piece of the next one in it; counts of both pieces together are binomial with the mean rate. */
function canaryRate({ canary, skew = 0 }: Cell, tick: number): number {
  return (1 - skew) * canary(tick) + skew * canary(tick + 1);
}
