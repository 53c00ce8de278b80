/** I8 and I11: what was written, and what was not ours to write. */

import { compareFences, fenceKey, parseFence } from '../../../src/contract/fence.ts';
import type { KubeObject } from '../../../src/kubernetes/client/client.ts';
import { type Recorded, rulesOf } from '../../support/order.ts';
import { clock, type Trace } from './trace.ts';
import { weightOn } from './traffic.ts';

/** I8: no object's fence goes back, and no weight does, except to nothing. */
export function neverBack(trace: Trace): string[] {
  const { routes, primary, canary, plan, destinations } = trace;
  const fences = [routes, primary, canary].flatMap((versions) => fencesBack(versions, plan));
  const ours = routes.filter(({ value }, index) => fenceOf(value, plan) !== fenceOf(routes[index - 1]?.value, plan));
  const back = ours.flatMap(({ at, value }, index) => {
    const before = weightOn(ours[index - 1]?.value, destinations.canary);
    const now = weightOn(value, destinations.canary);
    return now > 0 && now < before ? [`${clock(at)}: the canary went from ${before} % back to ${now} %`] : [];
  });
  return [...fences, ...back];
}

/** I11: what is not ours stays what it was, as long as nobody else changes it. */
export function foreignFieldsKept({ routes, plan, destinations }: Trace): string[] {
  return routes.flatMap(({ at, value }, index) => {
    const before = routes[index - 1]?.value;
    if (!before || fenceOf(value, plan) === fenceOf(before, plan)) return [];
    const kept = foreign(before, destinations.primary) === foreign(value, destinations.primary);
    return kept
      ? []
      : [
          `${clock(at)}: a write of ours changed ${foreign(before, destinations.primary)} to ${foreign(value, destinations.primary)}`,
        ];
  });
}

function fenceOf(object: KubeObject | undefined, plan: string): string | undefined {
  return object?.metadata.annotations?.[fenceKey(plan)];
}

function fencesBack(versions: readonly Recorded<KubeObject>[], plan: string): string[] {
  return versions.flatMap(({ at, value }, index) => {
    const before = parseFence(fenceOf(versions[index - 1]?.value, plan));
    const now = parseFence(fenceOf(value, plan));
    const what = `${clock(at)}: ${value.kind ?? 'object'} ${value.metadata.name}`;
    if (!before) return [];
    if (!now) return [`${what} lost its fence`];
    return compareFences(now, before) < 0
      ? [`${what} went from fence ${before.epoch}.${before.seq} to ${now.epoch}.${now.seq}`]
      : [];
  });
}

/** A route without what Sluice owns: weights, destinations and mirror of the rules that route to the primary, its annotations. */
function foreign({ metadata, spec }: KubeObject, primary: string): string {
  const { http = [], ...others } = spec as { http?: Record<string, unknown>[] };
  const rules = http.map((rule) => {
    const [weights = {}] = rulesOf({ metadata, spec: { http: [rule] } } as KubeObject);
    if (!(primary in weights)) return rule;
    const { route: _route, mirror: _mirror, mirrorPercentage: _share, ...rest } = rule;
    return rest;
  });
  const annotations = Object.entries(metadata.annotations ?? {}).filter(([key]) => !key.includes('sluice.dev/'));
  return JSON.stringify({ ...others, http: rules, labels: metadata.labels, annotations: annotations.sort() });
}
