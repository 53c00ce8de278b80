/** Mirrors on the real mesh: what is copied is counted at the target, by the ids of the requests. */
import { createServer, type Server } from 'node:http';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { apply, kubectl, lab } from '../../support/lab/cluster.ts';
import { LabApp, program } from '../../support/lab/lab-app.ts';
import { ClusterSluice } from '../../support/lab/sluice.ts';
import { expectShare } from '../../support/statistics.ts';
import { Forecast, ForecastMirror, serviceOf } from './forecast.ts';

let sluice: ClusterSluice;
let app: Forecast;

beforeAll(async () => {
  [sluice, app] = await Promise.all([ClusterSluice.start(), Forecast.create('mirror')]);
});

afterAll(async () => {
  await sluice?.stop();
  await app?.remove();
});

async function listDestinations(namespace: string, ...hosts: string[]): Promise<void> {
  await kubectl('annotate', 'namespace', namespace, '--overwrite', `sluice.dev/destinations=${hosts.join(', ')}`);
}

it('copies every safe request of v2 to v1, and nothing else, while users notice nothing', async () => {
  const before = await app.route();
  const mirror = await ForecastMirror.on(sluice, app.spec(sluice));
  const users = app.users({ rate: 100 });
  const reads = await app.send(600);
  const heads = await app.send(50, { method: 'HEAD' });
  const writes = await app.send(50, { method: 'POST' });
  expect([reads.versions, heads.versions, writes.versions]).toEqual([['200 v2'], ['200 v2'], ['200 v2']]);
  expect(await app.copies(reads.ids)).toBe(600);
  expect(await app.copies(heads.ids)).toBe(50);
  expect(await app.copies(writes.ids)).toBe(0);
  const on = await app.route();
  expect(on.metadata.annotations?.['sluice.dev/mirror']).toBe(`${app.namespace}/watch`);
  expect(on.spec.http.map(({ name }) => name)).toEqual(['sluice-mirror-watch', undefined]);
  const { total, failed } = await users.stop();
  const view = await mirror.stop('seen enough');
  expect(view.outcome?.kind).toBe('stopped');
  expect(failed).toBe(0);
  const after = await app.route();
  expect(after.spec).toEqual(before.spec);
  expect(after.metadata.annotations?.['sluice.dev/mirror']).toBeUndefined();
  const { numbers } = view;
  console.info(`100 %: ${total + 700} requests of users; ${numbers?.evidence} ${JSON.stringify(numbers?.copies)}`);
  expect(numbers?.copies?.requests).toBe(650 + total);
  expect(numbers?.copies?.answers).toEqual({ '2xx': 650 + total });
  // counted to within a scrape at each end
  expect(Math.abs((numbers?.live?.requests ?? 0) - (650 + total))).toBeLessThan(250);
});

it('copies 25 % within the band', async () => {
  const mirror = await ForecastMirror.on(sluice, app.spec(sluice, { percent: 25 }));
  await expectShare('mirror 25 %, copies', 0.25, async () => {
    const { ids } = await app.send(1_600);
    return { hits: await app.copies(ids), of: ids.length };
  });
  await mirror.stop();
});

it('copies what meets path and header, and the rest of a rule goes on as before', async () => {
  const match = { pathPrefix: '/headers', headers: { 'x-group': 'beta' } };
  const mirror = await ForecastMirror.on(sluice, app.spec(sluice, { match }));
  const beta = { 'x-group': 'beta' };
  const [both, path, header] = [
    await app.send(40, { path: '/headers', headers: beta }),
    await app.send(40, { path: '/headers' }),
    await app.send(40, { path: '/', headers: beta }),
  ];
  expect(both.versions).toEqual(['200 v2']);
  expect(await Promise.all([both, path, header].map(({ ids }) => app.copies(ids)))).toEqual([40, 0, 0]);
  await mirror.stop();
});

it('copies everything to another service in another namespace, by the fields of the rule itself', async () => {
  const before = await app.route();
  const audit = new LabApp(`${app.namespace}-audit`, lab.gateway);
  await apply([{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: audit.namespace } }]);
  const at = { name: 'audit', namespace: audit.namespace };
  const service = serviceOf(audit.namespace, 'audit', { 'sluice.dev/grant': `${app.namespace}/watch` });
  await apply([service, program(at, { app: 'audit' }, 'audit:v1', { replicas: 1 })]);
  // what the cluster's policies let copies of this namespace reach besides its own Services
  const hosts = ['', '.svc.cluster.local'].map((domain) => `audit.${audit.namespace}${domain}`);
  await listDestinations(app.namespace, ...hosts);
  const spec = app.spec(sluice, { to: { host: `audit.${audit.namespace}` }, unsafeMethods: true });
  const early = await ForecastMirror.start(sluice, {
    ...spec,
    name: 'early',
    to: { host: `nobody.${audit.namespace}` },
  });
  expect((await early.result()).outcome).toMatchObject({
    kind: 'refused',
    reason: expect.stringContaining('ServiceEntry'),
  });
  await kubectl('-n', audit.namespace, 'rollout', 'status', 'deployment/audit', '--timeout=60s');
  const mirror = await ForecastMirror.on(sluice, spec);
  expect((await app.route()).spec.http).toMatchObject([
    { mirror: { host: `audit.${audit.namespace}.svc.cluster.local` } },
  ]);
  const { ids } = await app.send(60, { method: 'POST' });
  expect(await app.copies(ids, 'audit', audit)).toBe(60);
  // Nobody is ready any more: the mirror has no point.
  const users = app.users({ rate: 20 });
  await kubectl('-n', audit.namespace, 'scale', 'deployment/audit', '--replicas=0');
  const gone = Date.now();
  const view = await mirror.result();
  const { failed } = await users.stop();
  console.info(
    `target dead: the mirror was off after ${((Date.parse(view.endedAt ?? '') - gone) / 1000).toFixed(1)} s`,
  );
  expect(view.outcome?.kind).toBe('target-lost');
  expect(view.outcome?.reason).toContain('no pod behind');
  expect(failed).toBe(0);
  expect((await app.route()).spec).toEqual(before.spec);
  await audit.remove();
});

it('refuses a target without a ready pod', async () => {
  await kubectl('-n', app.namespace, 'create', 'service', 'clusterip', 'empty', '--tcp=9080');
  const mirror = await ForecastMirror.start(sluice, app.spec(sluice, { to: { host: 'empty' } }));
  expect((await mirror.result()).outcome).toEqual({
    kind: 'refused',
    reason: 'to no ready pod is behind empty; start one, or mirror to another.',
  });
});

it('reaches a host outside the mesh through its ServiceEntry', async () => {
  const [server, seen] = await outside();
  await listDestinations(app.namespace, 'collector.example.org');
  const spec = app.spec(sluice, { name: 'out', to: { host: 'collector.example.org' } });
  const early = await ForecastMirror.start(sluice, spec);
  expect((await early.result()).outcome).toMatchObject({
    kind: 'refused',
    reason: expect.stringContaining('ServiceEntry'),
  });
  await apply([
    {
      apiVersion: 'networking.istio.io/v1',
      kind: 'ServiceEntry',
      metadata: { name: 'collector', namespace: app.namespace },
      spec: {
        hosts: ['collector.example.org'],
        location: 'MESH_EXTERNAL',
        ports: [{ number: 9099, name: 'http', protocol: 'HTTP' }],
        resolution: 'STATIC',
        endpoints: [{ address: OUTSIDE }],
      },
    },
  ]);
  const mirror = await ForecastMirror.on(sluice, spec);
  const { ids, versions } = await app.send(60);
  const view = await mirror.stop();
  expect(versions).toEqual(['200 v2']);
  const arrived = ids.filter((id) => seen.has(id)).length;
  console.info(`outside the mesh: ${arrived} of ${ids.length} arrived; "${view.numbers?.evidence}"`);
  expect(arrived).toBe(60);
  expect(view.numbers?.evidence).toContain('its own access log');
  expect(view.warnings.join()).toContain('outside the mesh');
  server.close();
});

/** No pod has this address; the lab's network takes it as its own. */
const OUTSIDE = '10.244.9.9';

/** A program outside the mesh with a log of its own. */
async function outside(): Promise<[Server, Set<string>]> {
  const seen = new Set<string>();
  const server = createServer((request, response) => {
    seen.add(String(request.headers['x-probe-id']));
    response.end('thanks');
  });
  await new Promise<void>((resolve) => server.listen(9099, OUTSIDE, resolve));
  return [server, seen];
}
