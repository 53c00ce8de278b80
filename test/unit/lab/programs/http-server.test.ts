import { expect, it } from 'vitest';
import { GrpcCaller } from '../../../../lab/prober/grpc-caller.ts';
import { Sender } from '../../../../lab/prober/sender.ts';
import { answerer } from '../../../../lab/programs/app.ts';
import { AppState } from '../../../../lab/programs/app-state.ts';
import { NO_BEHAVIOURS } from '../../../../lab/programs/behaviours.ts';
import { AppServer, type SeenRequest } from '../../../../lab/programs/http-server.ts';
import { freePort } from '../../../support/free-port.ts';

const identity = { container: 'app', dir: '/', peer: null, drainMs: 0, pod: 'shop-a', version: 'v1' };

async function program(control: object = {}) {
  const seen: SeenRequest[] = [];
  const port = await freePort();
  const at = { address: '127.0.0.1', port };
  const state = new AppState(NO_BEHAVIOURS, 0);
  state.apply(control);
  const setup = { ...identity, ...at, behaviours: NO_BEHAVIOURS };
  const server = new AppServer(at, answerer(setup, state), (one) => seen.push(one));
  await server.listen();
  const target = (path: string, timeoutMs = 2_000) => ({
    url: new URL(path, `http://127.0.0.1:${port}`),
    host: 'shop',
    proxy: null,
    freshConnections: false,
    timeoutMs,
    headers: {},
    grpc: true,
  });
  return { seen, server, target };
}

it('answers HTTP/1 and gRPC on one port, the status in the trailers', async () => {
  const { seen, server, target } = await program();
  const caller = new Sender(target('/shop.Cart/Get'));
  const asker = new Sender({ ...target('/'), grpc: false });
  expect(await caller.send(0, 'c')).toMatchObject({ status: 200, grpcStatus: 0, version: 'v1', pod: 'shop-a' });
  expect(await asker.send(0, 'h')).toMatchObject({ status: 200, version: 'v1', pod: 'shop-a' });
  expect((await new Sender(target('/shop.Cart/Status5')).send(0, 'n')).grpcStatus).toBe(5);
  await expect
    .poll(() => seen.map(({ id, status, grpcStatus }) => [id, status, grpcStatus]))
    .toEqual([
      ['c', 200, 0],
      ['h', 200, undefined],
      ['n', 200, 5],
    ]);
  await server.drain(0);
  expect((await asker.send(1, 'late')).status).toBeNull();
});

it('fails with INTERNAL where it would fail with 500', async () => {
  const { server, target } = await program({ errorPercent: 100 });
  expect(await new GrpcCaller(target('/shop.Cart/Get')).call('x')).toMatchObject({ status: 200, grpcStatus: 13 });
  server.refuse();
});

it('sees a caller who resets a call that is never answered', async () => {
  const { seen, server, target } = await program({ hang: true });
  await expect(new GrpcCaller(target('/shop.Cart/Get', 50)).call('x')).rejects.toThrow('timeout');
  await expect.poll(() => seen.map(({ status, grpcStatus }) => [status, grpcStatus])).toEqual([[0, null]]);
  server.refuse();
});
