/** `sluice adopt` under users: a Deployment behind a Service that knows it by one label, adopted and given back by the program itself. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { connect } from '../../../src/kubernetes/index.ts';
import type { Deployment } from '../../../src/kubernetes/objects/deployments.ts';
import { eventually, getJson, kubectl, lab } from '../../support/lab/cluster.ts';
import { PlainShop } from '../../support/lab/plain.ts';
import { knowPlans } from './support.ts';

const BIN = fileURLToPath(new URL('../../../bin/sluice.mjs', import.meta.url));
const PODS = 3;
const NOT_THERE = 'NotFound';

const client = connect({ kubeconfig: lab.kubeconfig });
let app: PlainShop;
let before: { selector: object; pods: string[] };

beforeAll(async () => {
  app = await PlainShop.create('adopt', PODS);
  // so the canary's pods need another value there
  const narrow = [{ op: 'remove', path: '/spec/selector/version' }];
  await kubectl('-n', app.namespace, 'patch', 'service', 'shop', '--type=json', '-p', JSON.stringify(narrow));
  await knowPlans(client, app.namespace);
  before = await now();
}, 120_000);
afterAll(async () => {
  await client?.close();
  await app?.remove();
});

async function adopt(...args: string[]): Promise<string> {
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [
    ...[BIN, 'adopt', `${app.namespace}/shop-v1`, '--kubeconfig', lab.kubeconfig, ...args],
  ]);
  return stdout + stderr;
}

async function now() {
  const { spec } = await app.service();
  const list = await kubectl('-n', app.namespace, 'get', 'pods', '-o', 'name');
  return { selector: spec.selector, pods: list.trim().split('\n').sort() };
}

/** What `work` does while users come in, and how they fare. */
async function underUsers(work: () => Promise<unknown>) {
  const users = app.users({ rate: 100, freshConnections: true });
  await work();
  // until EndpointSlices and whoever follows them have seen it
  await new Promise((resolve) => setTimeout(resolve, 3_000));
  const { failed, total, byStatus, byError } = await users.stop();
  console.info(`${total} requests, ${failed} failed`);
  expect(total).toBeGreaterThan(200);
  expect(failed, JSON.stringify({ ...byStatus, ...byError })).toBe(0);
}

test('shown, it changes nothing', async () => {
  expect(await adopt()).toMatch(/nothing restarts[\s\S]*Nothing was changed/);
  expect(await now()).toEqual(before);
});

test('adopted: no user fails, no pod restarts, the canary has none, and the plan stands in the cluster', async () => {
  await underUsers(() => adopt('--yes'));
  expect(await now()).toEqual(before);
  const canary = await getJson<Deployment & Record<string, unknown>>(app.namespace, 'deployment', 'shop-v1-canary');
  expect(canary.spec.replicas).toBe(0);
  expect(canary.spec.template.metadata?.labels).toMatchObject({ app: 'shop-canary', version: 'v1' });
  const plan = await getJson(app.namespace, 'rolloutplan', 'shop-v1');
  expect(plan).toMatchObject({ spec: { workload: { primary: 'shop-v1', canary: 'shop-v1-canary' } } });
}, 60_000);

test('again, it has nothing to do', async () => {
  const { resourceVersion } = (
    await getJson<{ metadata: { resourceVersion: string } }>(app.namespace, 'service', 'shop')
  ).metadata;
  expect(await adopt('--yes')).not.toMatch(/made|changed /);
  expect(await getJson(app.namespace, 'service', 'shop')).toMatchObject({ metadata: { resourceVersion } });
});

test('with pods of the canary it is not given back', async () => {
  const scale = (replicas: number) =>
    kubectl('-n', app.namespace, 'scale', 'deployment/shop-v1-canary', `--replicas=${replicas}`);
  await scale(1);
  await expect(adopt('--undo')).rejects.toMatchObject({ code: 12 });
  await scale(0);
  const ref = { apiVersion: 'apps/v1', resource: 'deployments', kind: 'Deployment', namespace: app.namespace };
  await eventually(async () => {
    const one = await client.get({ ...ref, name: 'shop-v1-canary' });
    return ((one?.status as { replicas?: number })?.replicas ?? 0) === 0 || undefined;
  }, 'the canary has no pods');
}, 60_000);

test('given back: no user fails, and everything is what it was', async () => {
  await underUsers(() => adopt('--undo'));
  expect(await now()).toEqual(before);
  await expect(getJson(app.namespace, 'deployment', 'shop-v1-canary')).rejects.toThrow(NOT_THERE);
  await expect(getJson(app.namespace, 'rolloutplan', 'shop-v1')).rejects.toThrow(NOT_THERE);
}, 60_000);
