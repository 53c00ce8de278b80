import { randomUUID } from 'node:crypto';
import { Client, Connection } from '@temporalio/client';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { setUp } from '../../../src/cli/temporal/set-up.ts';
import { temporalAddress } from '../../support/workflow/harness.ts';
import { createNamespace } from '../../support/workflow/namespace.ts';

const cluster = `setup-${randomUUID().slice(0, 8)}`;
const PERMISSION_DENIED = 7;
const UNAVAILABLE = 14;
let connection: Connection;

beforeAll(async () => {
  connection = await Connection.connect({ address: temporalAddress() });
  await createNamespace(cluster);
});
afterAll(() => connection.close());

/** Somebody to whom the operator's part of Temporal answers so. */
function clientWhere(code: number): Client {
  const says = async () =>
    Promise.reject(Object.assign(new Error(`${code}`), { code, details: 'says no', metadata: {} }));
  const operatorService = { listSearchAttributes: says, addSearchAttributes: says };
  const poor = new Proxy(connection, {
    get: (target, key) => {
      const value = key === 'operatorService' ? operatorService : Reflect.get(target, key, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
  return new Client({ connection: poor, namespace: cluster });
}

const reconcile = { cluster, repair: true, every: 60_000 };

it('does what it may, and says what is left', async () => {
  const done = await setUp(clientWhere(PERMISSION_DENIED), { reconcile, currentVersion: 'unversioned' });
  expect(done).toMatchObject({
    added: [],
    reconcile: `created the reconcile schedule of ${cluster}: every 1m`,
    currentVersion: 'current worker version: unversioned, as before',
    left: [{ what: 'search attributes', why: 'says no', remedy: expect.stringContaining('SluicePlan'), code: 4 }],
  });
  expect(await setUp(clientWhere(PERMISSION_DENIED), { reconcile: { ...reconcile, every: 'off' } })).toMatchObject({
    reconcile: `removed the reconcile schedule of ${cluster}`,
  });
});

it('does not go on without Temporal', async () => {
  await expect(setUp(clientWhere(UNAVAILABLE), { reconcile })).rejects.toMatchObject({ code: UNAVAILABLE });
});
