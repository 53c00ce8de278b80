import type { RouteVersion } from './lab/reviews.ts';

/** Two-sided 99.9 % band of a binomial count, normal approximation with continuity correction; exact at 0 and 1. */
export function band(n: number, p: number): [low: number, high: number] {
  const half = 3.2905 * Math.sqrt(n * p * (1 - p)) + (p > 0 && p < 1 ? 0.5 : 0);
  return [Math.max(0, Math.floor(n * p - half)), Math.min(n, Math.ceil(n * p + half))];
}

/**
 * Holds a share that can be measured again against its band. Of a thousand right shares one is outside by chance, so a
 * first miss is measured once more; a wrong one is outside both times.
 * @throws Error with both counts
 */
export async function expectShare(
  what: string,
  share: number,
  measure: () => Promise<{ hits: number; of: number }>,
): Promise<void> {
  const seen: string[] = [];
  for (let attempt = 0; attempt < 2; attempt += 1) {
    const { hits, of } = await measure();
    const [low, high] = band(of, share);
    seen.push(`${hits} of ${of}, band ${low} to ${high}`);
    console.info(`${what}: ${seen.at(-1)}`);
    if (hits >= low && hits <= high) return;
  }
  throw new Error(`${what}: ${seen.join('; again ')}`);
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
