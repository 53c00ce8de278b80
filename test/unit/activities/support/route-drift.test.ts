import { describe, expect, test } from 'vitest';
import { isForeign, type RouteState, untilDrift } from '../../../../src/activities/support/route-drift.ts';
import { AT_REST, type RouteIntent, weighted } from '../../../../src/contract/intent.ts';
import type { KubeObject } from '../../../../src/kubernetes/client/client.ts';
import { FakeCluster } from '../../../support/fakes/cluster.ts';
import { planFor } from '../../../support/plan.ts';

const EPOCH = 3;

function known(seq: number | undefined, intent: RouteIntent | undefined, epoch = EPOCH): RouteState {
  return { fence: seq === undefined ? undefined : { epoch, seq }, intent };
}

describe('whose change it is', () => {
  test.each<[string, RouteState, RouteState, boolean]>([
    ['a newer fence of ours brings anything', known(5, weighted(40)), known(4, weighted(20)), false],
    ['nothing changed', known(4, weighted(20)), known(4, weighted(20)), false],
    ['other weights under our fence', known(4, weighted(50)), known(4, weighted(20)), true],
    ['weights that cannot be read', known(4, undefined), known(4, weighted(20)), true],
    ['annotations gone, weights too', known(undefined, AT_REST), known(4, weighted(20)), true],
    ['annotations gone, weights the same', known(undefined, weighted(20)), known(4, weighted(20)), false],
    ['an old object put back', known(2, AT_REST), known(4, weighted(20)), true],
    ['a newer fence of another epoch', known(9, AT_REST, EPOCH + 1), known(4, weighted(20)), true],
    ['the first write on a new route', known(1, weighted(20)), known(undefined, AT_REST), false],
  ])('%s', (_what, now, before, foreign) => {
    expect(isForeign(now, before, EPOCH)).toBe(foreign);
  });
});

describe('watching', () => {
  const plan = planFor('reviews');

  function route(weight: number, seq: number, manager: string): KubeObject {
    const managed = [{ manager, operation: 'Update', time: '2026-11-21T12:00:00Z', fieldsV1: { 'f:spec': {} } }];
    return {
      apiVersion: 'networking.istio.io/v1',
      kind: 'VirtualService',
      metadata: {
        name: 'reviews',
        namespace: 'demo',
        annotations: { 'fence.sluice.dev/reviews': `${EPOCH}.${seq}` },
        managedFields: managed,
      },
      spec: {
        hosts: ['reviews'],
        http: [
          {
            route: [
              { destination: { host: 'reviews', subset: 'v1' }, weight: 100 - weight },
              { destination: { host: 'reviews', subset: 'v2' }, weight },
            ],
          },
        ],
      },
    };
  }

  async function watched(expected: RouteIntent, seq: number, ...versions: KubeObject[]): Promise<string | undefined> {
    const cluster = new FakeCluster();
    const [first, ...later] = versions;
    cluster.put('virtualservices', first as KubeObject);
    const stop = new AbortController();
    const input = { plan, cluster: 'c', rollout: 'reviews-3', epoch: EPOCH, expected, seq };
    const drift = untilDrift(cluster, input, stop.signal);
    drift.catch(() => undefined);
    for (const version of later) {
      await new Promise((resolve) => setTimeout(resolve, 20));
      cluster.put('virtualservices', version);
    }
    const nothing = new Promise<undefined>((resolve) => setTimeout(() => resolve(undefined), 100));
    const seen = await Promise.race([drift, nothing]);
    stop.abort();
    return seen;
  }

  test('our own writes are followed in silence', async () => {
    expect(await watched(AT_REST, 1, route(0, 1, 'sluice'), route(20, 4, 'sluice'), route(40, 6, 'sluice'))).toBe(
      undefined,
    );
  });

  test('a change under our fence is told with what is expected and who made it', async () => {
    expect(await watched(weighted(20), 4, route(20, 4, 'sluice'), route(50, 4, 'kubectl-edit'))).toBe(
      'VirtualService demo/reviews: spec.http[0] has primary 50 %, canary 50 %, where Sluice expects primary 80 %, canary 20 %; last changed by kubectl-edit at 2026-11-21T12:00:00Z',
    );
  });

  test('a change made while nobody watched is seen at the first look', async () => {
    expect(await watched(weighted(20), 4, route(0, 4, 'argocd'))).toContain('last changed by argocd');
  });

  test('a write that is newer than the workflow knew is believed', async () => {
    expect(await watched(weighted(20), 4, route(40, 6, 'sluice'))).toBe(undefined);
  });
});
