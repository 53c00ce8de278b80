import { createServer, type IncomingMessage, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, describe, expect, it } from 'vitest';
import { forwarder } from '../../../../lab/programs/forward.ts';
import { AppServer, type SeenRequest } from '../../../../lab/programs/http-server.ts';
import { freePort } from '../../../support/free-port.ts';

describe('the sidecar before a real program', () => {
  const running: Server[] = [];
  afterEach(() => {
    for (const server of running.splice(0)) server.close();
  });

  it('passes requests and answers on as they are, and counts them', async () => {
    const behind: IncomingMessage[] = [];
    const upstream = await listen(async (incoming) => {
      behind.push(incoming);
      return { body: `got ${await text(incoming)}`, headers: { 'set-cookie': ['a=1', 'b=2'], 'x-own': 'yes' } };
    });
    const { port, seen, server } = await sidecar(upstream);
    const answer = await ask(port, { 'x-probe-id': 'p-1', host: 'httpbin:8000' }, 'hello');
    expect(answer).toMatchObject({ status: 418, body: 'got hello' });
    expect(answer.headers).toMatchObject({ 'set-cookie': ['a=1', 'b=2'], 'x-own': 'yes' });
    expect(behind[0]?.headers).toMatchObject({ host: 'httpbin:8000', 'x-probe-id': 'p-1' });
    expect(behind[0]).toMatchObject({ method: 'POST', url: '/headers?x=1' });
    expect(seen).toMatchObject([{ id: 'p-1', status: 418, path: '/headers', kind: 'live' }]);
    server.refuse();
  });

  it('answers 503 while the program does not listen', async () => {
    const { port, seen, server } = await sidecar(1);
    expect(await ask(port, {}, '')).toMatchObject({ status: 503 });
    expect(seen).toMatchObject([{ status: 503 }]);
    server.refuse();
  });

  function listen(
    answer: (request: IncomingMessage) => Promise<{ body: string; headers: Record<string, string | string[]> }>,
  ): Promise<number> {
    const server = createServer(async (incoming, response) => {
      const { body, headers } = await answer(incoming);
      response.writeHead(418, headers).end(body);
    });
    running.push(server);
    return new Promise((resolve) =>
      server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port)),
    );
  }
});

async function sidecar(upstream: number): Promise<{ port: number; seen: SeenRequest[]; server: AppServer }> {
  const seen: SeenRequest[] = [];
  const port = await freePort();
  const server = new AppServer({ address: '127.0.0.1', port }, forwarder('127.0.0.1', upstream), (one) =>
    seen.push(one),
  );
  await server.listen();
  return { port, seen, server };
}

function ask(
  port: number,
  headers: Record<string, string>,
  body: string,
): Promise<{ status: number; body: string; headers: IncomingMessage['headers'] }> {
  return new Promise((resolve, reject) => {
    const asked = request({ host: '127.0.0.1', port, path: '/headers?x=1', method: 'POST', headers, agent: false });
    asked.once('error', reject);
    asked.once('response', async (answer) => {
      resolve({ status: answer.statusCode ?? 0, body: await text(answer), headers: answer.headers });
    });
    asked.end(body);
  });
}
