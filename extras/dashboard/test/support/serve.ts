/** The dashboard on a port, with a world behind it that can change while pages look. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Rollout, ServerExtension } from 'sluice/server';
import { answer, type StandInWorld } from './stand-in.ts';

export interface ServedExtension {
  url: string;
  /** Changes the rollout, and tells whoever looks. */
  tell(view: Rollout): void;
  close(): Promise<void>;
}

export async function serve(extension: ServerExtension, world: StandInWorld): Promise<ServedExtension> {
  const lookers = new Set<ServerResponse>();
  const server = createServer(async (incoming, outgoing) => {
    if (incoming.url?.includes('/events')) {
      outgoing.writeHead(200, { 'content-type': 'text/event-stream' }).write(': here\n\n');
      lookers.add(outgoing);
      outgoing.on('close', () => lookers.delete(outgoing));
      return;
    }
    const asked = requestOf(incoming, await bodyOf(incoming));
    const api = asked.url.includes('/api/v1/');
    const answered =
      (api ? await answer(world, asked) : await extension.fetch(asked)) ?? new Response('', { status: 404 });
    outgoing.writeHead(answered.status, Object.fromEntries(answered.headers)).end(await answered.text());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    tell(view) {
      world.rollouts.set(`/rollouts/${view.cluster}/${view.namespace}/${view.plan}`, view);
      for (const looker of lookers) looker.write(`event: rollout\ndata: ${JSON.stringify(view)}\n\n`);
    },
    close() {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

function requestOf({ url, method = 'GET', headers }: IncomingMessage, body: string): Request {
  const given = Object.entries(headers).map(([name, value]): [string, string] => [name, String(value)]);
  return new Request(`http://${headers.host}${url}`, { method, headers: given, ...(body && { body }) });
}

async function bodyOf(incoming: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of incoming) parts.push(part);
  return Buffer.concat(parts).toString();
}
