/** What ends a mirror besides its time, and who may not be on one route together with it. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { apply, kubectl } from '../../support/lab/cluster.ts';
import { planBase, program } from '../../support/lab/lab-app.ts';
import { CANARY, PRIMARY, Shop } from '../../support/lab/shop.ts';
import { ClusterSluice } from '../../support/lab/sluice.ts';
import { Forecast, ForecastMirror } from './forecast.ts';

let sluice: ClusterSluice;
let app: Forecast;

beforeAll(async () => {
  [sluice, app] = await Promise.all([ClusterSluice.start(), Forecast.create('safety')]);
});

afterAll(async () => {
  await sluice?.stop();
  await app?.remove();
});

const patch = (merge: object, ...more: string[]) =>
  kubectl(
    '-n',
    app.namespace,
    'patch',
    'virtualservices.networking.istio.io',
    'forecast-route',
    '--type=merge',
    '-p',
    JSON.stringify(merge),
    ...more,
  );

describe('claims', () => {
  it('a second mirror and a rollout are refused while a mirror is on, and told by whom', async () => {
    const mirror = await ForecastMirror.on(sluice, app.spec(sluice, { name: 'first' }));
    const second = await ForecastMirror.start(sluice, app.spec(sluice, { name: 'second' }));
    expect((await second.result()).outcome).toMatchObject({
      kind: 'refused',
      reason: expect.stringMatching(
        /is mirrored by .*\/first at the moment; stop that mirror first: sluice mirror stop first/,
      ),
    });
    const plan = {
      ...planBase(app.namespace),
      name: 'forecast',
      workload: { primary: 'forecast-v2', canary: 'forecast-v1', canaryLabels: { version: 'v1' }, adoptRunning: true },
      events: [{ image: 'forecast' }],
      traffic: {
        routes: [{ kind: 'VirtualService' as const, name: 'forecast-route', namespace: app.namespace }],
        primary: { host: 'forecast', subset: 'v2' },
        canary: { host: 'forecast', subset: 'v1' },
        terminationDrainMs: 0,
        allowUngoverned: false,
      },
    };
    const offer = await sluice.deliver(plan, 'forecast:v3');
    expect(offer.status).toBe('rejected');
    expect(JSON.stringify(offer.problems)).toContain(`is mirrored by ${app.namespace}/first`);
    expect((await mirror.stop()).outcome?.kind).toBe('stopped');
  });

  it('a mirror is refused while a plan splits users on the route', async () => {
    const before = await app.route();
    const destination = (subset: string, weight: number) => ({ destination: { host: 'forecast', subset }, weight });
    await patch({
      metadata: { annotations: { 'sluice.dev/owner': `${app.namespace}/forecast` } },
      spec: { http: [{ route: [destination('v1', 20), destination('v2', 80)] }] },
    });
    const mirror = await ForecastMirror.start(sluice, app.spec(sluice));
    expect((await mirror.result()).outcome).toMatchObject({
      kind: 'refused',
      reason: expect.stringContaining(`plan ${app.namespace}/forecast is not at rest: it splits users`),
    });
    await patch({ metadata: { annotations: { 'sluice.dev/owner': null } }, spec: before.spec });
  });
});

it('ends when somebody edits the mirrored rule: their change stays, ours goes, and the report says who', async () => {
  const mirror = await ForecastMirror.on(sluice, app.spec(sluice));
  const { spec } = await app.route();
  const edited = spec.http.map((rule) => (rule.name ? rule : { ...rule, timeout: '7s' }));
  const changed = Date.now();
  await patch({ spec: { http: edited } }, '--field-manager=by-hand');
  const view = await mirror.result();
  console.info(
    `edited by hand: off after ${((Date.parse(view.endedAt ?? '') - changed) / 1000).toFixed(2)} s: ${view.outcome?.reason}`,
  );
  expect(view.outcome).toMatchObject({ kind: 'failed', reason: expect.stringContaining('last changed by by-hand') });
  expect((await app.route()).spec.http).toEqual([{ ...edited[1] }]);
});

/** Seconds that the mirror lasts and that its worker is gone after its end; MIRROR_S=60 AFTER_S=30 is the long one. */
const { MIRROR_S = '4', AFTER_S = '2' } = process.env;

it('SIGKILL of every worker during a mirror: off as soon as one is back', async () => {
  const before = await app.route();
  const mirror = await ForecastMirror.on(sluice, app.spec(sluice, { durationMs: Number(MIRROR_S) * 1_000 }));
  const { until } = await mirror.view();
  const [worker] = sluice.workers.slice(-1);
  const dead = new Promise((resolve) => worker?.once('exit', resolve));
  worker?.kill('SIGKILL');
  await dead;
  await new Promise((resolve) => setTimeout(resolve, Date.parse(until ?? '') + Number(AFTER_S) * 1_000 - Date.now()));
  expect((await app.route()).spec.http).toHaveLength(2);
  const restart = Date.now();
  await sluice.startWorker();
  const polling = Date.now();
  const view = await mirror.result();
  const off = Date.parse(view.endedAt ?? '');
  console.info(
    `killed: off ${((off - restart) / 1000).toFixed(1)} s after the restart, ${((off - polling) / 1000).toFixed(1)} s after it polls`,
  );
  expect(view.outcome?.kind).toBe('ended');
  expect((await app.route()).spec).toEqual(before.spec);
});

it('ends when the route is deleted', async () => {
  const mirror = await ForecastMirror.on(sluice, app.spec(sluice));
  await kubectl('-n', app.namespace, 'delete', 'virtualservices.networking.istio.io', 'forecast-route');
  const view = await mirror.result();
  expect(view.outcome).toMatchObject({ kind: 'failed', reason: expect.stringContaining('somebody deleted it') });
  expect(view.warnings.join()).toContain('nothing to remove');
});

it('mirrors an HTTPRoute: everything by its filter, safe methods by a rule before it', async () => {
  const shop = await Shop.create('mirror');
  const labels = { app: 'shop', version: 'v2' };
  await apply([program({ name: 'shop-v2', namespace: shop.namespace }, labels, 'shop:v2', { replicas: 1 })]);
  await kubectl('-n', shop.namespace, 'rollout', 'status', 'deployment/shop-v2', '--timeout=60s');
  const before = await shop.route();
  const spec = app.spec(sluice, {
    namespace: shop.namespace,
    route: { kind: 'HTTPRoute', name: 'shop', namespace: shop.namespace },
    from: { host: PRIMARY.name, port: PRIMARY.port },
    to: { host: CANARY.name },
  });
  const users = Forecast.of(shop);
  for (const unsafeMethods of [true, false]) {
    const mirror = await ForecastMirror.on(sluice, { ...spec, unsafeMethods });
    expect((await shop.route()).spec.rules.map(({ name }) => name)).toEqual(
      unsafeMethods ? [undefined] : ['sluice-mirror-watch', undefined],
    );
    const [reads, writes] = [await users.send(100), await users.send(30, { method: 'POST' })];
    expect(await users.copies(reads.ids, 'shop-v2')).toBe(100);
    expect(await users.copies(writes.ids, 'shop-v2')).toBe(unsafeMethods ? 30 : 0);
    expect((await mirror.stop()).outcome?.kind).toBe('stopped');
    expect((await shop.route()).spec).toEqual(before.spec);
  }
  await shop.remove();
});
