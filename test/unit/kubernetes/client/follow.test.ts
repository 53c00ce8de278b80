import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import type { KubeObject, Ref } from '../../../../src/kubernetes/client/client.ts';
import { type ClusterConnection, connect } from '../../../../src/kubernetes/client/connect.ts';
import { configMapRef } from '../../../../src/kubernetes/objects/refs.ts';
import { answer, type FakeApiServer, fakeApiServer, type Handler, status } from '../../../support/fakes/api-server.ts';

let server: FakeApiServer;
let client: ClusterConnection;
const ref = configMapRef('demo', 'settings');

async function start(handler: Handler): Promise<void> {
  server = await fakeApiServer(handler);
  client = connect({ kubeconfig: server.kubeconfig });
}

afterEach(async () => {
  await client.close();
  await server.close();
});

function object(name: string, resourceVersion = '1'): KubeObject {
  return { metadata: { name, namespace: 'demo', resourceVersion } };
}

describe('following', () => {
  const line = (type: string, value: unknown) => `${JSON.stringify({ type, object: value })}\n`;
  const named = (name: string): Ref => ({ ...ref, name });

  /** An API server whose version is 3, with these objects, and what its watches say one after the other. */
  async function serve(objects: KubeObject[], ...watches: ((response: ServerResponse, url: string) => void)[]) {
    const asked: string[] = [];
    await start((request, response) => {
      const url = request.url ?? '';
      asked.push(url);
      if (url.includes('watch=1')) return void watches.shift()?.(response.writeHead(200), url);
      if (url.includes('limit=1')) return answer(response, 200, { metadata: { resourceVersion: '3' }, items: [] });
      const found = objects.find(({ metadata }) => url.endsWith(`/${metadata.name}`));
      answer(response, found ? 200 : 404, found ?? status(404, 'no'));
    });
    return asked;
  }

  async function take(name: string, count: number): Promise<(string | undefined)[]> {
    const stop = new AbortController();
    const seen: (string | undefined)[] = [];
    const timer = setTimeout(() => stop.abort(), 8000);
    for await (const one of client.follow(named(name), stop.signal)) {
      seen.push(one?.metadata.resourceVersion);
      if (seen.length === count) stop.abort();
    }
    clearTimeout(timer);
    return seen;
  }

  it('shares one watch, and reads each object afresh first', async () => {
    const asked = await serve([object('a', '4'), object('b', '5')], (response) => {
      setTimeout(() => response.write(line('MODIFIED', object('a', '6')) + line('MODIFIED', object('b', '7'))), 100);
    });
    expect(await Promise.all([take('a', 2), take('b', 2)])).toEqual([
      ['4', '6'],
      ['5', '7'],
    ]);
    expect(asked.filter((url) => url.includes('watch=1'))).toHaveLength(1);
    expect(asked.find((url) => url.includes('watch=1'))).toContain('resourceVersion=3');
    expect(asked).toHaveLength(4);
  });

  describe('what others who followed have seen', () => {
    const believe = () => true;

    /** Two waits, one after the other; the watch has said something in between. */
    async function twice(second: (seen: KubeObject) => boolean, between: () => Promise<unknown> = async () => {}) {
      const asked = await serve([object('a', '4')], (response) => {
        setTimeout(() => response.write(line('MODIFIED', object('b', '5'))), 50);
        setTimeout(() => response.write(line('MODIFIED', object('a', '6'))), 100);
      });
      await take('a', 2);
      await between();
      const stop = new AbortController();
      for await (const one of client.follow(named('a'), stop.signal, second)) {
        stop.abort();
        return { reads: asked.filter((url) => url.endsWith('/a')).length, version: one?.metadata.resourceVersion };
      }
      throw new Error('nothing was told');
    }

    it('is believed without a read where it may be', async () => {
      expect(await twice(believe)).toEqual({ reads: 1, version: '6' });
    });

    it('is read where it may not', async () => {
      expect(await twice(() => false)).toMatchObject({ reads: 2 });
    });

    it('is what this process has written meanwhile', async () => {
      const seen: (string | undefined)[] = [];
      await start((request, response) => {
        const url = request.url ?? '';
        if (request.method === 'PATCH') return answer(response, 200, object('a', '9'));
        if (url.includes('watch=1')) {
          response.writeHead(200).write(line('MODIFIED', object('b', '5')));
          return void setTimeout(() => response.write(line('MODIFIED', object('a', '6'))), 50);
        }
        if (url.includes('limit=1')) return answer(response, 200, { metadata: { resourceVersion: '3' }, items: [] });
        answer(response, 200, object('a', '4'));
      });
      await take('a', 2);
      await client.patch(named('a'), []);
      const stop = new AbortController();
      for await (const one of client.follow(named('a'), stop.signal, believe)) {
        seen.push(one?.metadata.resourceVersion);
        stop.abort();
      }
      expect(seen).toEqual(['9']);
    });

    it('is not believed when the watch is away', async () => {
      let reads = 0;
      await start((request, response) => {
        const url = request.url ?? '';
        if (url.includes('watch=1')) {
          response.writeHead(200).write(line('MODIFIED', object('a', '6')));
          return void setTimeout(() => response.destroy(), 100);
        }
        if (url.includes('limit=1')) return answer(response, 200, { metadata: { resourceVersion: '3' }, items: [] });
        reads += 1;
        answer(response, 200, object('a', '4'));
      });
      await take('a', 2);
      await sleep(200);
      const stop = new AbortController();
      for await (const _ of client.follow(named('a'), stop.signal, believe)) stop.abort();
      expect(reads).toBe(2);
    });
  });

  it('leaves out what is older than what it has read', async () => {
    await serve([object('a', '9')], (response) => {
      response.write(line('MODIFIED', object('a', '8')) + line('MODIFIED', object('a', '10')));
    });
    expect(await take('a', 2)).toEqual(['9', '10']);
  });

  it('goes on from where it was when the connection ends, a second later, and keeps bookmarks to itself', async () => {
    const begun: number[] = [];
    const asked = await serve(
      [object('a', '4')],
      (response) => {
        begun.push(performance.now());
        response.write(line('BOOKMARK', { metadata: { resourceVersion: '7' } }).slice(0, 10));
        setTimeout(() => response.end(line('BOOKMARK', { metadata: { resourceVersion: '7' } }).slice(10)), 20);
      },
      (response) => {
        begun.push(performance.now());
        response.write(line('MODIFIED', object('a', '9')));
      },
    );
    expect(await take('a', 2)).toEqual(['4', '9']);
    expect(asked.at(-1)).toContain('resourceVersion=7');
    expect((begun[1] ?? 0) - (begun[0] ?? 0)).toBeGreaterThan(900);
  });

  it('reads again after 410, and tells of a deletion that no watch has shown', async () => {
    const objects = [object('a', '4')];
    await serve(
      objects,
      (response) => {
        setTimeout(() => {
          objects.pop();
          response.end(line('ERROR', status(410, 'too old')));
        }, 100);
      },
      (response) => void response.write(line('ADDED', object('a', '12'))),
    );
    expect(await take('a', 3)).toEqual(['4', undefined, '12']);
  });

  it('tells of an object that is not there, made and deleted', async () => {
    await serve([], (response) => {
      setTimeout(() => response.write(line('ADDED', object('a', '5')) + line('DELETED', object('a', '6'))), 100);
    });
    expect(await take('a', 3)).toEqual([undefined, '5', undefined]);
  });

  it('waits out a server that is down, and gives up on what no retry can mend', async () => {
    let calls = 0;
    await start((_, response) => {
      calls += 1;
      if (calls === 1) return void response.destroy();
      if (calls === 2) return answer(response, 503, status(503, 'starting'));
      answer(response, 403, status(403, 'no'));
    });
    await expect(take('a', 2)).rejects.toMatchObject({ reason: 'forbidden' });
    expect(calls).toBe(3);
  });

  it('follows what a selector picks', async () => {
    const pod = (name: string, version: string, app: string) => {
      const one = object(name, version);
      return { ...one, metadata: { ...one.metadata, labels: { app } } };
    };
    await start((request, response) => {
      const url = request.url ?? '';
      if (url.includes('watch=1')) {
        response.writeHead(200);
        return void setTimeout(() => {
          response.write(line('ADDED', pod('b', '5', 'x')) + line('ADDED', pod('c', '6', 'y')));
          response.write(line('MODIFIED', pod('a', '7', 'y')));
        }, 100);
      }
      const items = url.includes('limit=1') ? [] : [pod('a', '4', 'x')];
      answer(response, 200, { metadata: { resourceVersion: '3' }, items });
    });
    const stop = new AbortController();
    const seen: string[][] = [];
    for await (const all of client.followAll(ref, { matchLabels: { app: 'x' } }, stop.signal)) {
      seen.push(all.map(({ metadata }) => metadata.name));
      if (seen.length === 3) stop.abort();
    }
    expect(seen).toEqual([['a'], ['a', 'b'], ['b']]);
  });

  it('ends quietly when its signal aborts', async () => {
    await serve([object('a')], (response) => response.flushHeaders());
    const stop = new AbortController();
    const ended = (async () => {
      for await (const _ of client.follow(named('a'), stop.signal)) setTimeout(() => stop.abort(), 20);
    })();
    await expect(ended).resolves.toBeUndefined();
  });
});
