/** Destinations on the real API server and Envoy: two hosts, a third one beside them, and one that is made. */
import { beforeAll, expect, it } from 'vitest';
import { readRequests } from '../../../lab/prober/index.ts';
import { createDestinations } from '../../../src/activities/create-destinations.ts';
import { removeDestinations } from '../../../src/activities/remove-destinations.ts';
import { AT_REST, mirrored, weighted } from '../../../src/contract/intent.ts';
import { apply, eventually, getJson, kubectl, lab } from '../../support/lab/cluster.ts';
import { program } from '../../support/lab/lab-app.ts';
import {
  app,
  client,
  expectSplit,
  inspect,
  next,
  planOf,
  route,
  SUBSETS,
  specOf,
  standOnReviews,
  virtualService,
} from './istio-bed.ts';
import { askAll, fresh, taken } from './istio-support.ts';

standOnReviews('destinations', ['hosts', 'bare', 'share']);
beforeAll(() => apply([service('reviews-stable', { app: 'reviews', version: 'v1' })]));

function service(name: string, selector: object): object {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace: app.namespace },
    spec: { selector, ports: [{ name: 'http', port: 9080 }] },
  };
}

it('two hosts: the Service of the canary is made, gets its share and its copies, and is removed', async () => {
  const plan = planOf({
    routes: [{ kind: 'VirtualService', name: 'hosts', namespace: app.namespace }],
    primary: { host: 'reviews-stable' },
    canary: { host: 'reviews-canary' },
    create: true,
  });
  const host = `hosts.${app.host}`;
  const destination = { host: 'reviews-stable', port: { number: 9080 } };
  await apply([virtualService('hosts', { hosts: [host], http: [{ timeout: '4s', route: [{ destination }] }] })]);
  const before = await specOf('hosts');
  const found = await inspect(plan);
  expect(await createDestinations(client, next(plan))).toEqual([`made Service ${app.namespace}/reviews-canary`]);
  expect(await createDestinations(client, next(plan))).toHaveLength(1);

  await route(plan, found, mirrored(100));
  const copies = (path: string) =>
    readRequests(lab.dir, app.namespace, 'reviews-v2-').filter((one) => one.path === path).length;
  await eventually(async () => {
    await askAll(host, fresh(1), '/warm');
    return copies('/warm') > 0 || undefined;
  }, 'a copy arrives');
  await expectSplit(() => askAll(host, fresh(200), '/copied'), 0);
  await eventually(() => copies('/copied') >= 200 || undefined, '200 copies', 5_000);
  expect(copies('/copied')).toBe(200);
  await route(plan, found, weighted(40));
  await taken(host, 40, 1, '|reviews-canary.');
  await expectSplit(() => askAll(host, fresh(1_000)), 40);

  expect(await removeDestinations(client, next(plan))).toEqual([
    `kept Service ${app.namespace}/reviews-canary: VirtualService ${app.namespace}/hosts names it`,
  ]);
  await route(plan, found, AT_REST);
  expect(await specOf('hosts')).toEqual(before);
  expect(await removeDestinations(client, next(plan))).toEqual([`removed Service ${app.namespace}/reviews-canary`]);
  await expect(getJson(app.namespace, 'service', 'reviews-canary')).rejects.toThrow(/not found/);
});

it('a third destination keeps its share and an audit mirror its copies, and both are back to the letter', async () => {
  const host = `share.${app.host}`;
  const at = { name: 'audit', namespace: app.namespace };
  await apply([
    service('audit', { app: 'audit' }),
    program(at, { app: 'audit' }, 'reviews:v1', { replicas: 1 }),
    virtualService('share', {
      hosts: [host],
      http: [
        {
          mirror: { host: 'audit' },
          route: [
            { destination: SUBSETS.primary, weight: 80, headers: { response: { set: { 'x-from': 'route' } } } },
            { destination: { host: 'reviews-stable' }, weight: 20 },
          ],
        },
      ],
    }),
  ]);
  await kubectl('-n', app.namespace, 'rollout', 'status', 'deployment/audit', '--timeout=60s');
  const plan = planOf({ routes: [{ kind: 'VirtualService', name: 'share', namespace: app.namespace }] });
  const before = await specOf('share');
  const found = await inspect(plan);
  const copies = (pod: string, path: string) =>
    readRequests(lab.dir, app.namespace, pod).filter((one) => one.path === path).length;

  await route(plan, found, mirrored(100));
  const atBoth = (path: string, many: number) =>
    (copies('audit-', path) >= many && copies('reviews-v2-', path) >= many) || undefined;
  let batch = 0;
  // each thread of an Envoy takes up a route for itself
  await eventually(async () => {
    batch += 1;
    await askAll(host, fresh(50), `/warm-${batch}`);
    await eventually(() => atBoth(`/warm-${batch}`, 50), 'all copies', 1_000);
    return true;
  }, 'copies of all requests arrive at both');
  await expectSplit(() => askAll(host, fresh(100), '/both'), 0);
  await eventually(() => atBoth('/both', 100), '100 copies to each', 20_000);

  await route(plan, found, weighted(50));
  await taken(host, 40, 1);
  await expectSplit(() => askAll(host, fresh(1_000), '/split'), 40);
  const canary = (await askAll(host, fresh(50))).filter(
    ({ version, headers }) => version === 'v2' && headers['x-from'],
  );
  expect(canary.length).toBeGreaterThan(0);
  expect(copies('audit-', '/split')).toBeGreaterThan(900);
  await route(plan, found, AT_REST);
  expect(await specOf('share')).toEqual(before);
});

it('a missing subset is made beside the DestinationRule of others, which istiod puts together', async () => {
  const host = `bare.${app.host}`;
  const bare = { host: 'reviews-bare', subset: 'v1' };
  await apply([
    service('reviews-bare', { app: 'reviews' }),
    {
      apiVersion: 'networking.istio.io/v1',
      kind: 'DestinationRule',
      metadata: { name: 'reviews-bare', namespace: app.namespace },
      spec: { host: 'reviews-bare', subsets: [{ name: 'v1', labels: { version: 'v1' } }] },
    },
    virtualService('bare', { hosts: [host], http: [{ route: [{ destination: bare }] }] }),
  ]);
  const plan = planOf({
    routes: [{ kind: 'VirtualService', name: 'bare', namespace: app.namespace }],
    primary: bare,
    canary: { ...bare, subset: 'v2' },
    create: true,
  });
  const before = await specOf('bare');
  const found = await inspect(plan);
  const name = `DestinationRule ${app.namespace}/reviews-sluice-canary`;
  expect(await createDestinations(client, next(plan))).toEqual([`made ${name}`]);
  await route(plan, found, weighted(30));
  await taken(host, 30, 1);
  await expectSplit(() => askAll(host, fresh(1_000)), 30);
  await route(plan, found, AT_REST);
  expect(await removeDestinations(client, next(plan))).toEqual([`removed ${name}`]);
  await taken(host, 0, 1);
  await expectSplit(() => askAll(host, fresh(50)), 0);
  expect(await specOf('bare')).toEqual(before);
});
