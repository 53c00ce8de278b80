/** Oracles over a whole rollout: every stored version of a route, and the ready pods behind it, held against the order rules. Pure. */
import type { KubeObject } from '../../src/kubernetes/client/client.ts';

export interface Recorded<T> {
  /** Epoch ms at which the watch saw it. */
  at: number;
  value: T;
}

/** Weights of one rule as stored: by destination, undefined where none is written. */
export type RuleWeights = Record<string, number | undefined>;

interface RouteSpec {
  http?: { route?: { destination: { host: string; subset?: string }; weight?: number }[] }[];
  rules?: { backendRefs?: { name: string; weight?: number }[] }[];
}

/** The rules of a VirtualService or of a route of the Gateway API. */
export function rulesOf({ spec }: KubeObject): RuleWeights[] {
  const { http = [], rules = [] } = spec as RouteSpec;
  const istio = http.map(({ route = [] }) =>
    route.map(({ destination, weight }) => [destination.subset ?? destination.host, weight]),
  );
  const gateway = rules.map(({ backendRefs = [] }) => backendRefs.map(({ name, weight }) => [name, weight]));
  return [...istio, ...gateway].map((entries) => Object.fromEntries(entries));
}

/** Rules whose weights do not sum to 100, or that leave one to a default; a single destination needs none. */
export function unsafeRules(versions: readonly Recorded<RuleWeights[]>[]): string[] {
  return versions.flatMap(({ value }) =>
    value.flatMap((rule) => {
      const weights = Object.values(rule);
      if (weights.length < 2) return [];
      const sum = weights.reduce<number>((total, weight) => total + (weight ?? Number.NaN), 0);
      return sum === 100 ? [] : [JSON.stringify(rule)];
    }),
  );
}

/** Moments at which `destination` had users and no ready pod. */
export function usersWithoutPods(
  versions: readonly Recorded<RuleWeights[]>[],
  destination: string,
  ready: readonly Recorded<number>[],
): string[] {
  const changes = [
    ...versions.map(({ at, value }) => ({ at, weight: Math.max(0, ...value.map((rule) => rule[destination] ?? 0)) })),
    ...ready.map(({ at, value }) => ({ at, pods: value })),
  ].sort((a, b) => a.at - b.at);
  const state = { weight: 0, pods: 0 };
  const wrong: string[] = [];
  for (const { at, ...change } of changes) {
    Object.assign(state, change);
    if (state.weight > 0 && state.pods === 0)
      wrong.push(`${new Date(at).toISOString()}: ${state.weight} % on ${destination} without a ready pod`);
  }
  return wrong;
}
