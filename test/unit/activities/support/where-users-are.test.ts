import { expect, test } from 'vitest';
import { leadingToCanary, leadingToPrimary } from '../../../../src/activities/support/where-users-are.ts';
import { FakeCluster } from '../../../support/fakes/cluster.ts';
import { planFor, to, virtualService } from '../../../support/routes.ts';

const NAMES = ['one', 'two'];
const plan = planFor((one) => {
  one.traffic.routes = NAMES.map((name) => ({ kind: 'VirtualService', name, namespace: 'demo' }));
});

function cluster(...weights: number[]): FakeCluster {
  const made = new FakeCluster();
  for (const [index, weight] of weights.entries()) {
    const object = virtualService([{ route: [to('v1', 100 - weight), to('v2', weight)] }]);
    made.put('virtualservices', { ...object, metadata: { ...object.metadata, name: NAMES[index] as string } });
  }
  return made;
}

test.each([
  [[0, 0], undefined, /\bone\b/],
  [[100, 100], /\bone\b/, undefined],
  [[100, 99], /\bone\b/, /\btwo\b.*primary 1 %/],
  [[0, 20], /\btwo\b.*canary 20 %/, /\bone\b/],
])('routes with %j of the users on the canary', async (weights, toCanary, toPrimary) => {
  const said = await Promise.all([leadingToCanary, leadingToPrimary].map((ask) => ask(cluster(...weights), plan)));
  for (const [index, pattern] of [toCanary, toPrimary].entries()) {
    if (pattern) expect(said[index]).toMatch(pattern);
    else expect(said[index]).toBeUndefined();
  }
});
