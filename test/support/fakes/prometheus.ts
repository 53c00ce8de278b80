import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

export type QueryAnswer = (query: string, response: ServerResponse, url: URL) => void;

/** An HTTP server that answers the query API as a test wants it to. */
export async function fakePrometheus(
  answer: QueryAnswer,
): Promise<{ url: string; queries: string[]; close: () => void }> {
  const queries: string[] = [];
  const server = createServer(async (request, response) => {
    const url = new URL(request.url ?? '/', 'http://localhost');
    if (request.method === 'POST') url.search = await text(request);
    const query = url.searchParams.get('query') ?? '';
    queries.push(query);
    answer(query, response, url);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    queries,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

export function json(response: ServerResponse, body: unknown, status = 200): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

export function vector(samples: [labels: Record<string, string>, value: string][], seconds = Date.now() / 1000) {
  const result = samples.map(([metric, value]) => ({ metric, value: [seconds, value] }));
  return { status: 'success', data: { resultType: 'vector', result } };
}

/** Writes as fast as the reader takes it. */
export function pour(response: ServerResponse, megabytes: number, report: (bytes: number) => void): void {
  const chunk = Buffer.alloc(1024 * 1024, 'x');
  let left = megabytes;
  const write = () => {
    while (left > 0 && !response.destroyed) {
      left -= 1;
      report((megabytes - left) * chunk.length);
      if (!response.write(chunk)) return;
    }
    if (left === 0) response.end();
  };
  response.on('drain', write);
  write();
}
