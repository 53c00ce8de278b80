import type { RouteVersion } from './reviews.ts';

/** Two-sided 99.9 % band of a binomial count, normal approximation with continuity correction; exact at 0 and 1. */
export function band(n: number, p: number): [low: number, high: number] {
  const half = 3.2905 * Math.sqrt(n * p * (1 - p)) + (p > 0 && p < 1 ? 0.5 : 0);
  return [Math.max(0, Math.floor(n * p - half)), Math.min(n, Math.ceil(n * p + half))];
}

export interface RouteChange {
  weight: number;
  mirror: boolean;
  /** Epoch ms: a little after the write was seen. */
  from: number;
  /** Epoch ms of the next write. */
  to: number;
}

/** Time for Envoy to follow a write; measured at under 20 ms. */
const FOLLOWED_MS = 300;

/** How long which traffic was routed, of the versions of a route that were stored. */
export function routeChanges(versions: RouteVersion[]): RouteChange[] {
  return versions.map(({ at, canary, mirror }, index) => ({
    weight: canary,
    mirror: mirror > 0,
    from: at + FOLLOWED_MS,
    to: versions[index + 1]?.at ?? Number.POSITIVE_INFINITY,
  }));
}
