/** A little HTTP server that answers like an API server, or as badly as a test wants. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';

export type Handler = (request: IncomingMessage, response: ServerResponse, body: string) => void;

export interface FakeApiServer {
  kubeconfig: string;
  folder: string;
  /** Connections opened so far. */
  connections: () => number;
  /** Connections that are open. */
  open: () => Promise<number>;
  close: () => Promise<void>;
}

export async function fakeApiServer(handler: Handler, user: object = { token: 'first' }): Promise<FakeApiServer> {
  let connections = 0;
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    handler(request, response, Buffer.concat(chunks).toString());
  });
  server.on('connection', () => {
    connections += 1;
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const folder = mkdtempSync(join(tmpdir(), 'fake-api-'));
  const kubeconfig = join(folder, 'config');
  writeKubeconfig(kubeconfig, `http://127.0.0.1:${port}`, user);
  const open = () => new Promise<number>((resolve) => server.getConnections((_, count) => resolve(count)));
  const close = async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    rmSync(folder, { recursive: true });
  };
  return { kubeconfig, folder, connections: () => connections, open, close };
}

export function writeKubeconfig(file: string, server: string, user: object): void {
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'fake', cluster: { server } }],
    users: [{ name: 'me', user }],
    contexts: [{ name: 'fake', context: { cluster: 'fake', user: 'me' } }],
    'current-context': 'fake',
  };
  writeFileSync(file, stringify(config));
}

export function answer(response: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}) {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(typeof body === 'string' ? body : JSON.stringify(body));
}

export function status(code: number, message: string, details: object = {}) {
  return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message, details, code };
}
