/** docs/use/from-argo-rollouts.md, command by command, under users, while a stand-in of Argo goes on writing; then a rollout. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Prober } from '../../../lab/prober/index.ts';
import { connect } from '../../../src/kubernetes/index.ts';
import { expectServed, promoteAdopted } from '../../support/lab/adopted.ts';
import { ArgoRollout } from '../../support/lab/argo-rollout.ts';
import { eventually, getJson, lab } from '../../support/lab/cluster.ts';
import { type DocsPage, openPage } from '../../support/lab/page.ts';
import { knowPlans } from './support.ts';

const client = connect({ kubeconfig: lab.kubeconfig });
let app: ArgoRollout;
let page: DocsPage;
let users: Prober;
let adopt: (args: string) => Promise<string>;

beforeAll(async () => {
  app = await ArgoRollout.create();
  await knowPlans(client, app.namespace);
  page = openPage('docs/use/from-argo-rollouts.md', { releases: app.namespace });
  adopt = (args) => page.shell(`sluice adopt rollout/pond -n ${app.namespace} ${args}`);
  users = app.users({ rate: 100 });
}, 300_000);
afterAll(async () => {
  await client?.close();
  await app?.remove();
});

interface Selecting {
  spec: { selector: Record<string, string> };
}

const selectorOf = async (name: string) => (await getJson<Selecting>(app.namespace, 'service', name)).spec.selector;

/** Pods that answer, until each of the wanted kind was one of them; old ones have no arm. */
async function answering(): Promise<Set<string>> {
  const seen = new Set<string>();
  for (let asked = 0; asked < 60; asked += 1) seen.add((await app.ask()).pod ?? '');
  return seen;
}

test('shown, it says what it makes, and changes nothing', async () => {
  await page.run('--check');
  const said = await page.run('sluice adopt');
  expect(said).toMatch(/paused: true[\s\S]*Deployment [\w-]+\/pond:[\s\S]*sluice-arm: primary[\s\S]*nothing restarts/);
  await expect(getJson(app.namespace, 'deployment', 'pond')).rejects.toThrow('NotFound');
}, 120_000);

test('adopted, users are on the Deployment alone, and the Rollout has its pods', async () => {
  const said = await page.run('--yes');
  expect(said).toContain(`kubectl scale rollout pond -n ${app.namespace} --replicas=0`);
  expect(await selectorOf('pond-stable')).toMatchObject({ 'sluice-arm': 'primary' });
  expect(await selectorOf('pond-canary')).toMatchObject({ 'sluice-arm': 'canary' });
  const old = (await app.oldPods()).map((pod) => pod.replace('pod/', ''));
  expect(old).toHaveLength(2);
  await eventually(async () => {
    const pods = await answering();
    return (pods.size === 2 && old.every((pod) => !pods.has(pod))) || undefined;
  }, 'the Deployment alone answers');
}, 240_000);

test('given back, users are on the Rollout alone; adopted again, on the Deployment', async () => {
  await adopt('--undo');
  expect(await selectorOf('pond-stable')).not.toHaveProperty('sluice-arm');
  await expect(getJson(app.namespace, 'deployment', 'pond')).rejects.toThrow('NotFound');
  expect((await getJson<{ spec: object }>(app.namespace, 'rollout', 'pond')).spec).not.toHaveProperty('paused');
  const old = (await app.oldPods()).map((pod) => pod.replace('pod/', ''));
  await eventually(async () => {
    const pods = await answering();
    return (pods.size === 2 && old.every((pod) => pods.has(pod))) || undefined;
  }, 'the Rollout alone answers');
  await adopt('--yes');
  expect(await selectorOf('pond-stable')).toMatchObject({ 'sluice-arm': 'primary' });
}, 240_000);

test('scaled to zero it is not given back; deleted, nobody noticed', async () => {
  await page.run('kubectl scale');
  await eventually(async () => (await app.oldPods()).length === 0 || undefined, 'the Rollout has no pods');
  await expect(adopt('--undo')).rejects.toThrow('users would have nobody');
  await page.run('kubectl delete');
  await eventually(
    async () => !('rollouts-pod-template-hash' in (await selectorOf('pond-stable'))) || undefined,
    'Argo has taken its hash out',
  );
  await expectServed(users, 500);
}, 240_000);

test('a rollout of the Deployment is promoted and no user failed', async () => {
  await promoteAdopted(app, 'pond');
}, 400_000);
