import { Client } from '@temporalio/client';
import { expect, test } from 'vitest';
import { grpcStatus, reason } from '../../../src/temporal/calls.ts';
import { temporalConfig } from '../../../src/temporal/config.ts';
import { lazyTemporal } from '../../../src/temporal/connect.ts';
import { freePort } from '../../support/free-port.ts';

type Channel = { getConnectivityState(connect: boolean): number };
const TRANSIENT_FAILURE = 3;

test('a call that is to be tried again fails when its connection was closed in between', async () => {
  const address = `127.0.0.1:${await freePort()}`;
  const connection = lazyTemporal(temporalConfig({ address }, {}));
  const { workflowService } = new Client({ connection });
  let settled = false;
  const asked = workflowService.getSystemInfo({}).then(
    () => undefined,
    (error: unknown) => error,
  );
  void asked.then(() => {
    settled = true;
  });
  const { client } = connection as unknown as { client: { getChannel(): Channel } };
  const channel = client.getChannel();
  await expect.poll(() => channel.getConnectivityState(false), { interval: 5 }).toBe(TRANSIENT_FAILURE);
  await connection.close();
  expect(settled).toBe(false);
  const error = await asked;
  expect([grpcStatus(error), reason(error)]).toEqual([1, 'Channel has been shut down']);
});
