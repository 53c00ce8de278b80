import { mkdtempSync } from 'node:fs';
import { type AddressInfo, connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterEach, describe, expect, it } from 'vitest';
import { parsePorts } from '../../../../lab/cli/forward.ts';
import { openForward, parseTarget, serveForwards } from '../../../../lab/host/forward.ts';

const closers: Array<() => void> = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

async function echoServer(): Promise<number> {
  const server = createServer({ allowHalfOpen: true }, (socket) => socket.pipe(socket)).listen(0, '127.0.0.1');
  closers.push(() => server.close());
  await new Promise((resolve) => server.once('listening', resolve));
  return (server.address() as AddressInfo).port;
}

async function border(): Promise<string> {
  const path = join(mkdtempSync(join(tmpdir(), 'lab-fwd-')), 's');
  const server = serveForwards(path);
  closers.push(() => server.close());
  await new Promise((resolve) => server.once('listening', resolve));
  return path;
}

describe('forwarding', () => {
  it('carries a megabyte both ways unchanged, half-closed in between', async () => {
    const forward = await openForward(await border(), 0, `127.0.0.1:${await echoServer()}`);
    closers.push(forward.close);
    const sent = Buffer.alloc(1_000_000, 'abc\n');
    const socket = connect({ port: forward.port, host: '127.0.0.1', allowHalfOpen: true });
    socket.end(sent);
    expect(Buffer.compare(await buffer(socket), sent)).toBe(0);
  });

  it('closes the connection when nothing listens inside', async () => {
    const port = await echoServer();
    for (const close of closers.splice(0)) close();
    const forward = await openForward(await border(), 0, `127.0.0.1:${port}`);
    closers.push(forward.close);
    const socket = connect({ port: forward.port, host: '127.0.0.1' });
    expect(await buffer(socket).catch(() => Buffer.alloc(0))).toHaveLength(0);
  });

  it('names a port that is taken', async () => {
    const port = await echoServer();
    await expect(openForward('/nowhere', port, '127.0.0.1:8090')).rejects.toThrow(`port ${port} is taken`);
  });
});

describe('addresses', () => {
  it.each([
    ['127.0.0.1:80', { host: '127.0.0.1', port: 80 }],
    ['a.b:65535', { host: 'a.b', port: 65_535 }],
    ['127.0.0.1:0', undefined],
    ['127.0.0.1:70000', undefined],
    ['x', undefined],
    ['', undefined],
  ])('reads %s', (text, target) => {
    expect(parseTarget(text)).toEqual(target);
  });

  it('reads ports of the command line', () => {
    expect(parsePorts('8090')).toEqual({ outside: 8090, inside: 8090 });
    expect(parsePorts('18080:8080')).toEqual({ outside: 18_080, inside: 8080 });
    for (const bad of ['', 'x', '0', '1:2:3', '99999']) expect(() => parsePorts(bad)).toThrow(/is no port/);
  });
});
