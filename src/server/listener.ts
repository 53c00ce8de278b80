/** One HTTP port: slow and silent clients are cut, and one address never takes every connection. */
import type { Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { createAdaptorServer } from '@hono/node-server';
import type { Hono } from 'hono';
import { networkOf } from '../network/address.ts';
import { TrustedProxies } from './trusted-proxies.ts';

export interface ListenOptions {
  /** 0 takes a free one. */
  port: number;
  host: string;
  /** Proxies that may hold as many connections as there are. Default none. */
  proxies?: TrustedProxies;
}

export interface HttpListener {
  port: number;
  /** Stops taking requests and finishes the running ones, up to 10 s. */
  close(): Promise<void>;
}

/** ms, but for the size of headers: bytes. Both begin with the connection, so that silence is cut as well. */
const LIMITS = {
  headersTimeout: 5_000,
  requestTimeout: 15_000,
  connectionsCheckingInterval: 1_000,
  keepAliveTimeout: 5_000,
  maxHeaderSize: 16 * 1024,
};
const MAX_CONNECTIONS = 512;
const MAX_CONNECTIONS_PER_CLIENT = 64;
const GRACE_MS = 10_000;

/** @throws when the port is taken */
export async function listen(
  // biome-ignore lint/suspicious/noExplicitAny: what its handlers share is their business
  { fetch }: Hono<any>,
  { port, host, proxies = new TrustedProxies([]) }: ListenOptions,
): Promise<HttpListener> {
  const server = createAdaptorServer({ fetch, overrideGlobalObjects: false, serverOptions: LIMITS }) as Server;
  server.maxConnections = MAX_CONNECTIONS;
  const connections = new Map<string, number>();
  server.on('connection', (socket: Socket) => admit(socket, connections, proxies));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  return { port: (server.address() as AddressInfo).port, close: () => close(server) };
}

function admit(socket: Socket, connections: Map<string, number>, proxies: TrustedProxies): void {
  const { remoteAddress = '' } = socket;
  if (proxies.has(remoteAddress)) return;
  const key = networkOf(remoteAddress);
  const held = connections.get(key) ?? 0;
  if (held >= MAX_CONNECTIONS_PER_CLIENT) {
    socket.destroy();
    return;
  }
  connections.set(key, held + 1);
  socket.once('close', () => {
    const left = (connections.get(key) ?? 1) - 1;
    if (left > 0) connections.set(key, left);
    else connections.delete(key);
  });
}

async function close(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  const force = setTimeout(() => server.closeAllConnections(), GRACE_MS);
  await closed;
  clearTimeout(force);
}
