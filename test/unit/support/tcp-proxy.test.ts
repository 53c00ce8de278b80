import { type AddressInfo, connect, createServer } from 'node:net';
import { expect, test } from 'vitest';
import { TcpProxy } from '../../support/tcp-proxy.ts';

test('a line is cut, goes silent, is down, and comes back', async () => {
  const server = createServer((socket) => socket.on('error', () => undefined).pipe(socket));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const line = await TcpProxy.open(`127.0.0.1:${(server.address() as AddressInfo).port}`);
  const echo = (waitMs = 100) =>
    new Promise<string>((resolve) => {
      const socket = connect(Number(line.address.split(':')[1]), '127.0.0.1', () => socket.write('hello'));
      const timer = setTimeout(() => done('silence'), waitMs);
      const done = (what: string) => {
        clearTimeout(timer);
        socket.destroy();
        resolve(what);
      };
      socket
        .on('data', (chunk) => done(String(chunk)))
        .on('close', () => done('closed'))
        .on('error', () => done('closed'));
    });
  expect(await echo()).toBe('hello');
  line.swallowAnswers();
  expect(await echo()).toBe('silence');
  const waiting = echo(2_000);
  await new Promise((resolve) => setTimeout(resolve, 50));
  line.cut();
  expect(await waiting).toBe('closed');
  line.stopTaking();
  expect(await echo()).toBe('closed');
  line.restore();
  expect(await echo()).toBe('hello');
  line.close();
  server.close();
});
