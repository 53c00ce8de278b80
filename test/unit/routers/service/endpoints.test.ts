import { describe, expect, it } from 'vitest';
import { weighted } from '../../../../src/contract/intent.ts';
import type { KubeObject } from '../../../../src/kubernetes/client/client.ts';
import type { Pod } from '../../../../src/kubernetes/objects/pods.ts';
import { compareEndpoints, type EndpointSlice, observe } from '../../../../src/routers/service/endpoints.ts';
import { changeSelector } from '../../../../src/routers/service/selector.ts';
import { FakeCluster } from '../../../support/fakes/cluster.ts';
import { applyPatch } from '../../../support/fakes/json-patch.ts';
import { ROUTE, service, servicePlan } from './fixtures.ts';

const pod = (name: string, version = 'v1', ready = true): Pod => ({
  metadata: { name, namespace: 'demo', labels: { app: 'shop', version } },
  spec: { containers: [] },
  status: { conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }] },
});
const slice = (...names: string[]): EndpointSlice => ({
  metadata: { name: 'shop-1', namespace: 'demo', labels: { 'kubernetes.io/service-name': 'shop' } },
  endpoints: names.map((name) => ({ conditions: { ready: true }, targetRef: { kind: 'Pod', name } })),
});

describe('pods and endpoints', () => {
  it.each<[string, EndpointSlice[], Pod[], object]>([
    ['the same', [slice('a'), slice('b')], [pod('a'), pod('b')], { kind: 'taken' }],
    ['one that is not ready', [slice('a')], [pod('a'), pod('b', 'v1', false)], { kind: 'taken' }],
    ['nobody to lead to', [], [], { kind: 'taken' }],
    [
      'a stray',
      [slice('a', 'x')],
      [pod('a')],
      { kind: 'pending', sentence: expect.stringContaining('still lead to 1 pod that shall get no users (x)') },
    ],
    [
      'one that is lacking',
      [slice('a')],
      [pod('a'), pod('b')],
      { kind: 'pending', sentence: 'its EndpointSlices lack 1 ready pod (b)' },
    ],
    ['an endpoint without a pod', [{ ...slice(), endpoints: [{}] }], [], { kind: 'pending' }],
  ])('%s', (_, slices, pods, taken) => {
    expect(compareEndpoints(slices, pods)).toMatchObject(taken);
  });

  it('counts an endpoint that is not ready as lacking', () => {
    const unready = { ...slice(), endpoints: [{ conditions: { ready: false }, targetRef: { name: 'a' } }] };
    expect(compareEndpoints([unready], [pod('a')])).toMatchObject({ kind: 'pending' });
  });
});

describe.each([0, 20, 100])('at %i %%', (weight) => {
  const plan = servicePlan();
  const found = { rules: [{ index: 0, canary: false, weighted: false, selector: { app: 'shop', version: 'v1' } }] };
  const rest = service();
  const object: KubeObject = applyPatch(
    rest,
    changeSelector({ plan, route: ROUTE, object: rest }, { intent: weighted(weight), found }) ?? [],
  );
  const cluster = (...names: string[]) => {
    const fake = new FakeCluster(['v1', 'discovery.k8s.io/v1']);
    for (const one of [pod('one'), pod('two', 'v2')]) fake.put('pods', one);
    fake.put('endpointslices', slice(...names));
    return fake;
  };
  const wanted = weight === 0 ? ['one'] : weight === 100 ? ['two'] : ['one', 'two'];

  it('is in force where callers are given these pods and no others', async () => {
    expect(await observe(cluster(...wanted), { plan, route: ROUTE, object })).toEqual({ kind: 'taken' });
    const other = wanted.length === 2 ? ['one'] : ['one', 'two'];
    expect(await observe(cluster(...other), { plan, route: ROUTE, object })).toMatchObject({ kind: 'pending' });
  });
});

it('is not concerned with pods that are on neither side', async () => {
  const fake = new FakeCluster(['v1', 'discovery.k8s.io/v1']);
  const plan = servicePlan('switch');
  for (const one of [pod('one'), pod('two', 'v2'), pod('worker', 'worker')]) fake.put('pods', one);
  fake.put('endpointslices', slice('one'));
  const selectors: Record<string, string>[] = [{ app: 'shop', version: 'v1' }, { version: 'v1' }];
  for (const selector of selectors)
    expect(await observe(fake, { plan, route: ROUTE, object: service(selector) })).toEqual({ kind: 'taken' });
});

it('is not known to be in force without the right to look', async () => {
  const fake = new FakeCluster(['v1', 'discovery.k8s.io/v1']);
  fake.forbidden.add('endpointslices/demo');
  expect(await observe(fake, { plan: servicePlan(), route: ROUTE, object: service() })).toEqual({
    kind: 'pending',
    sentence: 'there is no right to list its EndpointSlices',
  });
});

it('says nothing of a selector that somebody else wrote', async () => {
  const object = service({ app: 'shop' });
  expect(await observe(new FakeCluster(), { plan: servicePlan(), route: ROUTE, object })).toEqual({ kind: 'unknown' });
});
