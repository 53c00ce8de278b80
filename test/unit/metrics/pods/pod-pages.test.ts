import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { PodPages } from '../../../../src/metrics/pods/pod-pages.ts';

const wanted = (name: string) => name === 'http_requests_total';
const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

async function pod(listener: RequestListener): Promise<{ url: string; connections: () => number }> {
  let connections = 0;
  const server = createServer(listener).on('connection', () => (connections += 1));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/metrics`, connections: () => connections };
}

const never = new AbortController().signal;

describe('pages of pods', () => {
  it('are read over one connection as long as somebody asks', async () => {
    let count = 0;
    const { url, connections } = await pod((_, response) => response.end(`http_requests_total ${++count}\n`));
    const pages = new PodPages();
    for (let time = 1; time <= 5; time += 1) {
      const page = await pages.read(url, wanted, never);
      expect(page.ok && page.samples.map(({ value }) => value)).toEqual([time]);
    }
    expect(connections()).toBe(1);
  });

  it.each<[string, RequestListener, string]>([
    ['refuse', (_, response) => response.writeHead(403).end('no'), 'HTTP 403'],
    ['lead elsewhere', (_, response) => response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end(), 'HTTP 302'],
    ['say nothing', () => undefined, 'no answer within 1000 ms'],
    ['stop in the middle', (_, response) => void response.write('http_requests_total 1\n'), 'no answer within 1000 ms'],
    ['reset', (request) => request.socket.destroy(), 'UND_ERR_SOCKET'],
    [
      'never end',
      (_, response) => {
        const more = () =>
          void (response.write('x'.repeat(65_536)) ? setImmediate(more) : response.once('drain', more));
        more();
      },
      'more than 1000000 bytes',
    ],
  ])('that %s are a reason, no error', async (_, listener, reason) => {
    const { url } = await pod(listener);
    const pages = new PodPages({ maxBytes: 1_000_000 });
    expect(await pages.read(url, wanted, never)).toEqual({ ok: false, reason });
  });

  it('that nobody serves are a reason as well', async () => {
    expect(await new PodPages().read('http://127.0.0.1:1/metrics', wanted, never)).toEqual({
      ok: false,
      reason: 'ECONNREFUSED',
    });
  });

  it('end with whoever asked', async () => {
    const { url } = await pod(() => undefined);
    const stop = new AbortController();
    const page = new PodPages().read(url, wanted, stop.signal);
    stop.abort(new Error('enough'));
    await expect(page).rejects.toThrow('enough');
  });

  it('are begun no faster than the worker may, and all of them are', async () => {
    const { url } = await pod((_, response) => response.end('http_requests_total 1\n'));
    const pages = new PodPages({ perSecond: 50 });
    const begun = performance.now();
    const all = await Promise.all(Array.from({ length: 25 }, () => pages.read(url, wanted, never)));
    expect(performance.now() - begun).toBeGreaterThan(450);
    expect(all.every(({ ok }) => ok)).toBe(true);
  });
});
