import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { serverFromEnvironment, workerFromEnvironment } from '../src/index.ts';

test('a worker needs a version, as Temporal starts one of a version', async () => {
  await expect(workerFromEnvironment({})).rejects.toThrow('SLUICE_BUILD_ID is not set');
  expect(await workerFromEnvironment({ SLUICE_BUILD_ID: '1.4.0', SLUICE_CLUSTER: 'prod' })).toMatchObject({
    cluster: 'prod',
    versioning: { buildId: '1.4.0' },
    installation: undefined,
  });
});

test('the installation is read, and a broken one is told with its lines', async () => {
  const file = join(mkdtempSync(join(tmpdir(), 'sluice-serverless-')), 'sluice.yaml');
  writeFileSync(file, 'apiVersion: sluice.dev/v1alpha1\nkind: Installation\nunproven: closed\n');
  const { installation } = await serverFromEnvironment({ SLUICE_INSTALLATION: file });
  expect(installation?.known.unproven).toBe('closed');
  writeFileSync(file, 'apiVersion: sluice.dev/v1alpha1\nkind: Installation\nunproven: sometimes\n');
  await expect(serverFromEnvironment({ SLUICE_INSTALLATION: file })).rejects.toThrow(/sluice\.yaml:3/);
});

test('namespaces of plans are a list', async () => {
  const env = { SLUICE_PLANS: '/plans', SLUICE_PLAN_NAMESPACES: 'demo,shop' };
  expect(await serverFromEnvironment(env)).toMatchObject({ plansDir: '/plans', planNamespaces: ['demo', 'shop'] });
});
