import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { KubeObject } from '../../../../src/kubernetes/client/client.ts';
import { running, service } from '../../../support/adoption.ts';
import { answer, type FakeApiServer, fakeApiServer, status } from '../../../support/fakes/api-server.ts';

const BIN = fileURLToPath(new URL('../../../../bin/sluice.mjs', import.meta.url));

/** By path, or by the last part of a list's. */
let objects: Record<string, KubeObject>;
let services: KubeObject[];
let writes: string[];
let api: FakeApiServer;

beforeAll(async () => {
  api = await fakeApiServer((request, response, body) => {
    const { pathname: path } = new URL(request.url ?? '', 'http://api');
    if (request.method !== 'GET') writes.push(`${request.method} ${request.url}`);
    if (request.method !== 'GET') return answer(response, 201, body);
    if (path.endsWith('/services')) return answer(response, 200, { metadata: {}, items: services });
    if (path.endsWith('/horizontalpodautoscalers')) return answer(response, 200, { metadata: {}, items: [] });
    const object = objects[path] ?? services.find(({ metadata }) => path.endsWith(`/services/${metadata.name}`));
    return object ? answer(response, 200, object) : answer(response, 404, status(404, 'not found'));
  });
});
afterAll(() => api.close());
beforeEach(() => {
  objects = { '/apis/apps/v1/namespaces/demo/deployments/shop': running() };
  services = [service()];
  writes = [];
});

async function sluice(...args: string[]) {
  const child = spawn(process.execPath, [BIN, 'adopt', ...args, '--kubeconfig', api.kubeconfig]);
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return { code, stdout, stderr };
}

describe('sluice adopt', { timeout: 60_000 }, () => {
  it('shows what it would make as a diff, why, and that nothing restarts, and writes nothing', async () => {
    const { code, stdout, stderr } = await sluice('demo/shop');
    expect([code, writes]).toEqual([0, []]);
    expect(stdout).toMatch(/^Deployment demo\/shop becomes the primary of plan demo\/shop$/m);
    expect(stdout).toMatch(/^ {2}\+ Deployment demo\/shop-canary: without pods and users until a rollout/m);
    expect(stdout).toMatch(/^ {2}\+ +app: shop-canary$/m);
    expect(stdout).toMatch(/nothing restarts/);
    expect(stderr).toContain('Nothing was changed. Do it with --yes');
  });

  it('says the same to machines', async () => {
    const { stdout } = await sluice('shop', '-n', 'demo', '-o', 'json');
    const { plan, steps } = JSON.parse(stdout);
    expect(plan).toBe('demo/shop');
    expect(steps.map(({ object }: { object: string }) => object)).toEqual([
      'Deployment demo/shop-canary',
      'RolloutPlan demo/shop',
    ]);
  });

  it('with --yes tries every write before the first is made', async () => {
    expect(await sluice('demo/shop', '--yes')).toMatchObject({ code: 0 });
    const paths = [
      '/apis/apps/v1/namespaces/demo/deployments',
      '/apis/sluice.dev/v1alpha1/namespaces/demo/rolloutplans',
    ];
    expect(writes.map((one) => one.replace(/[?&](?!dryRun)[^&]*/g, ''))).toEqual([
      ...paths.map((path) => `POST ${path}?dryRun=All`),
      ...paths.map((path) => `POST ${path}`),
    ]);
  });

  it('with --to writes files for Git, without claims', async () => {
    const to = join(api.folder, 'git');
    expect(await sluice('demo/shop', '--to', to)).toMatchObject({ code: 0 });
    expect([(await readdir(to)).sort(), writes]).toEqual([['shop.objects.yaml', 'shop.yaml'], []]);
    const canary = parse(await readFile(join(to, 'shop.objects.yaml'), 'utf8'));
    expect(canary).toMatchObject({ kind: 'Deployment', metadata: { name: 'shop-canary' }, spec: { replicas: 0 } });
    expect(canary.metadata).not.toHaveProperty('annotations');
    expect(parse(await readFile(join(to, 'shop.yaml'), 'utf8'))).toMatchObject({ kind: 'RolloutPlan' });
  });

  it.each([
    ['two Services', 12, ['demo/shop'], '2 Services select its pods: shop, other'],
    [
      'pods that would restart, without --restart',
      12,
      ['demo/shop', '--mode', 'pods', '--route', 'Service/shop', '--yes'],
      'it restarts all pods',
    ],
    ['nothing of that name', 5, ['demo/menu'], 'Deployment demo/menu'],
    ['no route', 2, ['demo/shop', '--route', 'Ingress/shop'], '"Ingress/shop" is no route'],
    ['half a route', 2, ['demo/shop', '--route', 'shop'], 'Write KIND/NAME'],
  ] as [string, number, string[], string][])(
    'refuses %s: exit %i, and nothing was written',
    async (_, code, args, sentence) => {
      services = [service(), service('other')];
      const said = await sluice(...args);
      expect(said.stderr).toContain(sentence);
      expect([said.code, writes]).toEqual([code, []]);
    },
  );

  it('sends who has it from Git to Git', async () => {
    const owned = service('shop', { app: 'shop' });
    owned.metadata.managedFields = [{ manager: 'argocd-controller' }];
    owned.metadata.labels = { 'app.kubernetes.io/instance': 'shop' };
    objects = {
      '/apis/apps/v1/namespaces/demo/deployments/shop': running({ app: 'shop', version: 'v1' }, { version: 'v1' }),
    };
    services = [owned];
    const said = await sluice('demo/shop', '--yes');
    expect(said.stderr).toContain('Service demo/shop: Application shop takes back what is added to spec.selector');
    expect([said.code, writes]).toEqual([12, []]);
  });
});
