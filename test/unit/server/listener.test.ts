import { connect, type Socket } from 'node:net';
import { Hono } from 'hono';
import { afterEach, expect, it } from 'vitest';
import { type HttpListener, listen } from '../../../src/server/listener.ts';
import { TrustedProxies } from '../../../src/server/trusted-proxies.ts';

const app = new Hono().get('/', (c) => c.text('here'));
let listener: HttpListener;
const sockets: Socket[] = [];

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await listener.close();
});

/** @returns whether it is still there a moment after it was made */
function open(localAddress: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port: listener.port, host: '127.0.0.1', localAddress });
    sockets.push(socket);
    socket.on('error', () => resolve(false));
    socket.on('close', () => resolve(false));
    socket.on('connect', () => setTimeout(() => resolve(true), 300));
  });
}

async function count(localAddress: string, connections: number): Promise<number> {
  const opened = await Promise.all(Array.from({ length: connections }, () => open(localAddress)));
  return opened.filter(Boolean).length;
}

it('one address holds 64 connections of 512, so that another is answered; a trusted proxy may hold more', async () => {
  const proxies = new TrustedProxies(['127.0.0.9']);
  listener = await listen(app, { port: 0, host: '127.0.0.1', proxies });
  expect(await count('127.0.0.1', 200)).toBe(64);
  expect(await count('127.0.0.2', 1)).toBe(1);
  expect(await count('127.0.0.9', 100)).toBe(100);
});

it('a connection that ends gives its place back', async () => {
  listener = await listen(app, { port: 0, host: '127.0.0.1' });
  expect(await count('127.0.0.1', 64)).toBe(64);
  for (const socket of sockets.splice(0)) socket.destroy();
  await expect.poll(() => open('127.0.0.1')).toBe(true);
});

it.each([
  ['says nothing', ''],
  ['sends headers one by one', 'GET / HTTP/1.1\r\nhost: a\r\n'],
])(
  'who %s is cut',
  async (_, text) => {
    listener = await listen(app, { port: 0, host: '127.0.0.1' });
    const socket = connect(listener.port, '127.0.0.1');
    sockets.push(socket);
    if (text) socket.write(text);
    const drip = setInterval(() => text && socket.write('x: y\r\n'), 500);
    await new Promise((resolve) =>
      socket
        .resume()
        .on('error', () => undefined)
        .on('close', resolve),
    );
    clearInterval(drip);
  },
  15_000,
);
