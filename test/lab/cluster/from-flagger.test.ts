/** docs/use/from-flagger.md, command by command, under users; then a rollout of the pair. Kubernetes' garbage collector is the real one. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Prober } from '../../../lab/prober/index.ts';
import { connect } from '../../../src/kubernetes/index.ts';
import { expectServed, promoteAdopted } from '../../support/lab/adopted.ts';
import { eventually, getJson, kubectl, lab } from '../../support/lab/cluster.ts';
import { FlaggerPair } from '../../support/lab/flagger-pair.ts';
import { type DocsPage, openPage } from '../../support/lab/page.ts';
import { knowPlans } from './support.ts';

const FILE = 'docs/use/from-flagger.md';
const client = connect({ kubeconfig: lab.kubeconfig });
let app: FlaggerPair;
let page: DocsPage;
let users: Prober;
let before: { objects: Awaited<ReturnType<FlaggerPair['objects']>>; pods: string[] };

const now = async (pair: FlaggerPair) => ({ objects: await pair.objects(), pods: await pair.pods() });

beforeAll(async () => {
  app = await FlaggerPair.create('menu', 'istio');
  await knowPlans(client, app.namespace);
  await eventually(async () => (await app.ask()).status === 200 || undefined, `${app.host} answers`);
  page = openPage(FILE, { retail: app.namespace });
  before = await now(app);
  users = app.users({ rate: 100 });
}, 300_000);
afterAll(async () => {
  await client?.close();
  await app?.remove();
});

/** Everything but what is said to go, as it was, and nobody's. */
async function keptAll(pair: FlaggerPair, was: typeof before, gone: string[]) {
  const { objects, pods } = await now(pair);
  const kept = [...was.objects].filter(([name]) => !gone.includes(name));
  expect([...objects].map(([name, { uid }]) => [name, uid])).toEqual(
    expect.arrayContaining(kept.map(([name, { uid }]) => [name, uid])),
  );
  expect(pods).toEqual(was.pods);
}

test('shown, it says what it frees, and changes nothing', async () => {
  await page.run('--check');
  await page.run('--to plans/');
  const said = await page.run('sluice adopt');
  expect(said).toMatch(/suspend: true[\s\S]*ownerReferences[\s\S]*kind: Canary[\s\S]*nothing restarts/);
  expect(said).toContain('Nothing was changed');
  expect(said).not.toContain('hunter2');
  expect(await now(app)).toEqual(before);
}, 120_000);

test('adopted, nothing is the Canary’s but what nobody asked for, and no pod restarts', async () => {
  const said = await page.run('--yes');
  expect(said).toContain(`kubectl delete canary menu -n ${app.namespace}`);
  const { objects, pods } = await now(app);
  const owned = [...objects].filter(([, { owners }]) => owners.length > 0).map(([name]) => name);
  expect(owned).toEqual(['ServiceAccount/witness']);
  expect(pods).toEqual(before.pods);
  expect(await getJson(app.namespace, 'canary', 'menu')).toMatchObject({ spec: { suspend: true } });
}, 120_000);

test('given back, the Canary owns what it owned; adopted again, nothing', async () => {
  const adopt = (...args: string[]) =>
    openPage(FILE, { retail: app.namespace }).shell(`sluice adopt canary/menu -n ${app.namespace} ${args.join(' ')}`);
  await adopt('--undo');
  const owners = async () => [...(await app.objects())].map(([name, one]) => [name, one.owners]);
  expect(await owners()).toEqual([...before.objects].map(([name, one]) => [name, one.owners]));
  expect((await getJson<{ spec: object }>(app.namespace, 'canary', 'menu')).spec).not.toHaveProperty('suspend');
  await expect(getJson(app.namespace, 'rolloutplan', 'menu')).rejects.toThrow('NotFound');
  await adopt('--yes');
  expect((await owners()).filter(([, list]) => list?.length)).toHaveLength(1);
}, 120_000);

test('the Canary deleted, nothing else goes and no user failed', async () => {
  await page.run('kubectl delete canary');
  await app.swept();
  await keptAll(app, before, ['ServiceAccount/witness']);
  await expectServed(users, 500);
}, 180_000);

test('a rollout of the pair is promoted and no user failed', async () => {
  await promoteAdopted(app, 'menu');
}, 400_000);

test('in the foreground nothing else goes either', async () => {
  const pair = await FlaggerPair.create('menu', 'istio');
  const was = await now(pair);
  await openPage(FILE, { retail: pair.namespace }).run('--yes');
  await kubectl('-n', pair.namespace, 'delete', 'canary', 'menu', '--cascade=foreground');
  await pair.swept();
  await keptAll(pair, was, ['ServiceAccount/witness']);
  await pair.remove();
}, 300_000);
