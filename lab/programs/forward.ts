import { request as ask, type IncomingMessage, type ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import type { Answerer } from './http-server.ts';

/** Passes requests on to the program behind a sidecar, and its answers back; 503 when it does not take them. */
export function forwarder(address: string, port: number): Answerer {
  return async (request, response) => {
    const answer = await pass(request, address, port).catch(() => null);
    if (answer) await passBack(answer, response);
    // What Envoy answers when it cannot connect to the program.
    else response.writeHead(503, { 'content-type': 'text/plain' }).end('upstream connect error\n');
    return undefined;
  };
}

function pass(request: IncomingMessage, host: string, port: number): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const { method, url: path, rawHeaders: headers } = request;
    // A connection each: a sync worker of gunicorn serves one connection at a time and keeps none.
    const outgoing = ask({ host, port, method, path, headers, agent: false }, resolve);
    outgoing.once('error', reject);
    request.once('error', () => outgoing.destroy());
    request.pipe(outgoing);
  });
}

async function passBack(answer: IncomingMessage, response: ServerResponse): Promise<void> {
  const { connection: _, ...headers } = answer.headers;
  response.writeHead(answer.statusCode ?? 502, answer.statusMessage, headers);
  await pipeline(answer, response);
}
