import { type AddressInfo, createServer } from 'node:net';
import { Client, Connection } from '@temporalio/client';
import { expect, test } from 'vitest';
import { readStanding } from '../../../src/telemetry/standing.ts';

test('a Temporal that takes a connection and says nothing is waited for three seconds', async () => {
  const silent = createServer(() => undefined).listen(0, '127.0.0.1');
  await new Promise((resolve) => silent.once('listening', resolve));
  const connection = Connection.lazy({ address: `127.0.0.1:${(silent.address() as AddressInfo).port}` });
  const begun = performance.now();
  await expect(readStanding(new Client({ connection }), 'local')).rejects.toThrow();
  const ms = performance.now() - begun;
  expect(ms).toBeGreaterThan(2_500);
  expect(ms).toBeLessThan(6_000);
  await connection.close();
  silent.close();
});
