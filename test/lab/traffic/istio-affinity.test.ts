/** Session affinity through the real gateway: who meets the canary stays on it, and is let go at the end. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { RouteFound } from '../../../src/contract/detected.ts';
import {
  type AffinityIntent,
  AT_REST,
  type RouteIntent,
  weighted,
  withAffinity,
} from '../../../src/contract/intent.ts';
import type { Plan } from '../../../src/contract/plan.ts';
import { type ClusterConnection, connect } from '../../../src/kubernetes/index.ts';
import { applyIntent, inspectRoutes } from '../../../src/routers/index.ts';
import { kubectl, lab } from '../../support/lab/cluster.ts';
import { Reviews } from '../../support/lab/reviews.ts';
import { readIntent } from '../../support/read-intent.ts';
import { expectShare } from '../../support/statistics.ts';
import { askAll, deployCanary, fresh, type GatewayAnswer, taken } from './istio-support.ts';

const LABELS = {
  primaryPodLabels: { app: 'reviews', version: 'v1' },
  canaryPodLabels: { app: 'reviews', version: 'v2' },
};
const EXTRAS = {
  timeout: '3s',
  retries: { attempts: 2, perTryTimeout: '1s', retryOn: '5xx' },
  headers: { response: { set: { 'x-route': 'main' } } },
};
const WEIGHTS = [10, 20, 40, 60, 80];
const CLIENTS = 1_000;
const SET = 'reviews-cookie=reviews-1; Max-Age=21600; Path=/; SameSite=Lax; HttpOnly';
const KEEP: AffinityIntent = { phase: 'keep', value: 'reviews-1' };
const EXPIRE: AffinityIntent = { phase: 'expire', value: 'reviews-1' };
/** Cookies that are nearly ours. */
const STRANGERS = [
  'session=1',
  'reviews-cookie=reviews-11',
  'x-reviews-cookie=reviews-1',
  'a=reviews-cookie=reviews-1x',
  'reviews-cookie=reviews-2; theme=dark',
];

let app: Reviews;
let client: ClusterConnection;
let plan: Plan;
let found: RouteFound;
let before: unknown;
let expected: RouteIntent = AT_REST;
let seq = 0;
const canary = { replicas: 1, proven: false };

beforeAll(async () => {
  app = await Reviews.create('affinity', { httpExtras: EXTRAS });
  await deployCanary(app.namespace, 'reviews:v2');
  client = connect({ kubeconfig: lab.productKubeconfig });
  const affinity = { cookie: 'reviews-cookie', maxAgeS: 21_600, cleanupAfterMs: 1_000, path: '/' };
  plan = app.plan({ affinity: { ...affinity, sameSite: 'Lax', secure: false, httpOnly: true } });
  before = (await app.route()).spec;
  const inspection = await inspectRoutes(client, plan, LABELS);
  expect(inspection).toMatchObject({ problems: [], intent: AT_REST });
  found = inspection.found;
}, 120_000);

afterAll(async () => {
  await app.remove();
  await client.close();
});

async function route(intent: RouteIntent, routes: number): Promise<void> {
  seq += 1;
  const fence = { epoch: 1, seq };
  const input = {
    plan,
    cluster: 'lab',
    clusterUid: 'uid',
    rollout: 'reviews-1',
    epoch: 1,
    fence,
    intent,
    expected,
    found,
    canary,
  };
  expect(await applyIntent(client, input)).toMatchObject({ kind: 'written' });
  expect(await readIntent(client, plan, intent)).toEqual(intent);
  await taken(app.host, intent.canary, routes);
  expected = intent;
}

const cookieOf = ({ cookies }: GatewayAnswer): string => cookies[0]?.split(';')[0] ?? '';
const expectWhole = (answers: GatewayAnswer[]) => {
  expect(new Set(answers.map(({ status, headers }) => `${status} ${headers['x-route']}`))).toEqual(
    new Set(['200 main']),
  );
};
const atCanary = (answers: GatewayAnswer[]) => answers.filter(({ version }) => version === 'v2');

it('at each weight new clients are split, and whoever met the canary stays on it', async () => {
  for (const weight of WEIGHTS) {
    await route(withAffinity(weighted(weight), KEEP), 2);
    let met: GatewayAnswer[] = [];
    await expectShare(`affinity at ${weight} %, fresh clients`, weight / 100, async () => {
      met = await askAll(app.host, fresh(CLIENTS));
      expectWhole(met);
      return { hits: atCanary(met).length, of: met.length };
    });
    const ours = atCanary(met);
    expect(met.filter(({ version }) => version === 'v1').every(({ cookies }) => cookies.length === 0)).toBe(true);
    expect(new Set(ours.flatMap(({ cookies }) => cookies))).toEqual(new Set([SET]));

    const back = await askAll(
      app.host,
      ours.map((one) => `theme=dark; ${cookieOf(one)}; session=${weight}`),
    );
    expectWhole(back);
    expect(atCanary(back)).toHaveLength(ours.length);

    console.info(
      `affinity at ${weight} %, those who met the canary: ${atCanary(back).length} of ${back.length} stayed`,
    );

    await expectShare(`affinity at ${weight} %, clients with other cookies`, weight / 100, async () => {
      const cookies = Array.from({ length: CLIENTS / 2 }, (_, n) => STRANGERS[n % STRANGERS.length]);
      const strangers = await askAll(app.host, cookies);
      expectWhole(strangers);
      return { hits: atCanary(strangers).length, of: strangers.length };
    });
  }
}, 60_000);

it('every form of the cookie header is understood', async () => {
  const forms = [
    'reviews-cookie=reviews-1',
    'reviews-cookie=reviews-1; a=b',
    'a=b; reviews-cookie=reviews-1',
    'a=b;reviews-cookie=reviews-1;c=d',
    'reviews-cookie=old; reviews-cookie=reviews-1',
  ];
  await route(withAffinity(weighted(10), KEEP), 2);
  const answers = await askAll(app.host, [...forms, ...forms, ...forms, ...forms]);
  expect(atCanary(answers)).toHaveLength(answers.length);
});

it('the rule for the cookie is the managed one in everything else, so a second edit of it is seen', async () => {
  const [own, managed] = (await app.route()).spec.http as Record<string, unknown>[];
  for (const [field, value] of Object.entries(EXTRAS)) {
    expect(own?.[field]).toEqual(value);
    expect(managed?.[field]).toEqual(value);
  }
  const edit = [
    { op: 'replace', path: '/spec/http/0/route/1/weight', value: 50 },
    { op: 'replace', path: '/spec/http/0/route/0/weight', value: 50 },
  ];
  const patch = ['patch', 'virtualservice', 'reviews', '--type=json', '-p', JSON.stringify(edit)];
  await kubectl('-n', app.namespace, ...patch, '--field-manager=mo-edits');
  seq += 1;
  const intent = withAffinity(weighted(20), KEEP);
  const input = {
    plan,
    cluster: 'lab',
    clusterUid: 'uid',
    rollout: 'reviews-1',
    epoch: 1,
    fence: { epoch: 1, seq },
    intent,
    expected,
    found,
    canary,
  };
  expect(await applyIntent(client, input)).toEqual({
    kind: 'drift',
    sentence: expect.stringMatching(
      /has primary 90 %, canary 10 %, a rule sluice-affinity-reviews that splits the users who show the cookie, where Sluice expects primary 90 %, canary 10 %, who met it stays; last changed by mo-edits at /,
    ),
  });
  seq += 1;
  await applyIntent(client, { ...input, fence: { epoch: 1, seq }, expected: undefined });
  expected = intent;
});

it('at 100 % everybody is at the canary, and at the end the cookie expires on the primary', async () => {
  await route(withAffinity(weighted(100), KEEP), 2);
  expect(atCanary(await askAll(app.host, fresh(50)))).toHaveLength(50);

  await route(withAffinity(AT_REST, EXPIRE), 2);
  const returning = await askAll(
    app.host,
    Array.from({ length: 200 }, () => 'a=b; reviews-cookie=reviews-1'),
  );
  expectWhole(returning);
  expect(atCanary(returning)).toEqual([]);
  const expired = SET.replace('21600', '-1');
  expect(new Set(returning.flatMap(({ cookies }) => cookies))).toEqual(new Set([expired]));
  const others = await askAll(app.host, [...fresh(100), ...STRANGERS]);
  expect(atCanary(others)).toEqual([]);
  expect(others.flatMap(({ cookies }) => cookies)).toEqual([]);

  await route(AT_REST, 1);
  expect((await app.route()).spec).toEqual(before);
});

it('an abort takes users off the canary, whatever cookie they show', async () => {
  await route(withAffinity(weighted(60), KEEP), 2);
  await route(AT_REST, 1);
  const answers = await askAll(
    app.host,
    Array.from({ length: 100 }, () => 'reviews-cookie=reviews-1'),
  );
  expect(atCanary(answers)).toEqual([]);
  expect((await app.route()).spec).toEqual(before);
});
