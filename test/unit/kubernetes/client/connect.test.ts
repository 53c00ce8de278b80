import { readFileSync, writeFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import type { KubeObject } from '../../../../src/kubernetes/client/client.ts';
import { type ClusterConnection, type ConnectOptions, connect } from '../../../../src/kubernetes/client/connect.ts';
import { ClusterError } from '../../../../src/kubernetes/client/errors.ts';
import { configMapRef } from '../../../../src/kubernetes/objects/refs.ts';
import {
  answer,
  type FakeApiServer,
  fakeApiServer,
  type Handler,
  status,
  writeKubeconfig,
} from '../../../support/fakes/api-server.ts';

let server: FakeApiServer;
let client: ClusterConnection;
const ref = configMapRef('demo', 'settings');

async function start(handler: Handler, options: ConnectOptions = {}): Promise<void> {
  server = await fakeApiServer(handler);
  client = connect({ kubeconfig: server.kubeconfig, ...options });
}
afterEach(async () => {
  await client.close();
  await server.close();
});

function object(name: string, resourceVersion = '1'): KubeObject {
  return { metadata: { name, namespace: 'demo', resourceVersion } };
}

async function failureOf(work: Promise<unknown>): Promise<ClusterError> {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof ClusterError)) throw new Error(`no ClusterError: ${String(error)}`);
  return error;
}

describe('a request', () => {
  it('reuses connections: a cold pool opens up to two, a warm one none', async () => {
    await start((_, response) => answer(response, 200, object('settings')));
    for (let n = 0; n < 20; n += 1) await client.get(ref);
    expect(server.connections()).toBeLessThanOrEqual(2);
  });

  it('reads every page of a list, and ignores a name in its reference', async () => {
    const seen: string[] = [];
    await start((request, response) => {
      seen.push(request.url ?? '');
      const second = request.url?.includes('continue=more');
      const metadata = second ? { resourceVersion: '9' } : { resourceVersion: '9', continue: 'more' };
      answer(response, 200, { metadata, items: [object(second ? 'b' : 'a')] });
    });
    const items = await client.list(ref, { labelSelector: 'app=x' });
    expect(items.map(({ metadata }) => metadata.name)).toEqual(['a', 'b']);
    expect(seen).toHaveLength(2);
    expect(seen[0]).toBe('/api/v1/namespaces/demo/configmaps?labelSelector=app%3Dx&limit=500');
  });

  it('starts a list over once when its continue token has expired', async () => {
    let calls = 0;
    await start((request, response) => {
      calls += 1;
      if (request.url?.includes('continue') && calls < 3) return answer(response, 410, status(410, 'expired'));
      const more = !request.url?.includes('continue');
      answer(response, 200, { metadata: { continue: more ? 'x' : '' }, items: [object(String(calls))] });
    });
    expect((await client.list(ref)).map(({ metadata }) => metadata.name)).toEqual(['3', '4']);
  });

  it.each([
    [400, 'invalid', false],
    [401, 'unauthorized', true],
    [403, 'forbidden', false],
    [404, 'notFound', false],
    [408, 'timeout', true],
    [409, 'conflict', true],
    [410, 'gone', true],
    [422, 'invalid', false],
    [429, 'tooMany', true],
    [500, 'server', true],
    [503, 'server', true],
  ] as const)('turns status %i into %s', async (code, reason, retryable) => {
    await start((_, response) => answer(response, code, status(code, 'because')));
    const error = await failureOf(client.create(ref, object('settings')));
    expect(error).toMatchObject({ status: code, reason, retryable, verb: 'create', object: 'ConfigMap demo/settings' });
    expect(error.message).toContain('because');
  });

  it('asks again for what is older than its own write, for a while', async () => {
    const versions = ['6', '6', '7', '8'];
    let reads = 0;
    await start((request, response) => {
      if (request.method === 'PATCH') return answer(response, 200, object('settings', '7'));
      reads += 1;
      answer(response, 200, object('settings', versions.shift() ?? '5'));
    });
    await client.patch(ref, []);
    expect((await client.get(ref))?.metadata.resourceVersion).toBe('7');
    expect((await client.get(ref))?.metadata.resourceVersion).toBe('8');
    expect(reads).toBe(4);
    // of an etcd that was restored: the versions of before come again
    expect((await client.get(ref))?.metadata.resourceVersion).toBe('5');
    const before = reads;
    expect((await client.get(ref))?.metadata.resourceVersion).toBe('5');
    expect(reads - before).toBe(1);
  }, 15_000);

  it('tells a failed test of a JSON Patch from an invalid one', async () => {
    let details = {};
    await start((_, response) => answer(response, 422, status(422, 'no', details)));
    const test = { op: 'test', path: '/metadata/resourceVersion', value: '1' } as const;
    expect((await failureOf(client.patch(ref, [test]))).reason).toBe('conflict');
    details = { kind: 'ConfigMap', causes: [{ field: 'data' }] };
    expect((await failureOf(client.patch(ref, [test]))).reason).toBe('invalid');
  });

  it('obeys Retry-After up to half a minute, and takes absent for undefined', async () => {
    let after = '7';
    await start((request, response) =>
      request.method === 'GET'
        ? answer(response, 404, status(404, 'no'))
        : answer(response, 429, status(429, 'slow down'), { 'retry-after': after }),
    );
    expect(await client.get(ref)).toBeUndefined();
    expect((await failureOf(client.delete(ref))).retryAfterMs).toBe(7000);
    after = '86400';
    expect((await failureOf(client.delete(ref))).retryAfterMs).toBe(30_000);
    // a date is of another clock
    after = 'Fri, 31 Dec 2100 23:59:59 GMT';
    expect((await failureOf(client.delete(ref))).retryAfterMs).toBeUndefined();
  });

  it('never shows what is not for logs', async () => {
    const dump = `ConfigMap "x" is invalid: Invalid value: "{\\"data\\":{\\"key\\":\\"hunter2\\"}}": no\u001b[31m ${'y'.repeat(999)}`;
    await start((_, response) => answer(response, 422, status(422, dump, { causes: [{}] }), { 'x-secret': 'hunter2' }));
    const { message } = await failureOf(client.create(ref, object('settings')));
    expect(message).not.toContain('hunter2');
    expect(message).not.toContain('first');
    expect(message).not.toMatch(/\p{Cc}/u);
    expect(message.length).toBeLessThan(600);
  });

  it.each([
    ['a page of HTML', '<html>welcome</html>', 'not JSON'],
    ['something that is no object', '[]', 'no object in it'],
    ['too much', JSON.stringify({ metadata: { name: 'x'.repeat(5000) } }), 'larger than 4096 bytes'],
  ])('refuses %s', async (_, body, words) => {
    await start((_, response) => answer(response, 200, body), { maxResponseBytes: 4096 });
    const error = await failureOf(client.get(ref));
    expect(error.reason).toBe('badAnswer');
    expect(error.message).toContain(words);
  });

  it('ends in time when the server hangs, before or inside its answer', async () => {
    await start(
      (request, response) => {
        if (request.method === 'GET') response.write('{"metadata":');
      },
      { requestTimeoutMs: 150 },
    );
    expect((await failureOf(client.get(ref))).reason).toBe('timeout');
    expect((await failureOf(client.delete(ref))).reason).toBe('timeout');
  });

  it('says that the server cannot be reached', async () => {
    await start((_, response) => response.destroy());
    expect(await failureOf(client.get(ref))).toMatchObject({ reason: 'network', retryable: true });
  });

  it("ends with the caller's reason when the caller aborts", async () => {
    await start(() => {});
    await expect(client.until(AbortSignal.abort(new Error('not now'))).get(ref)).rejects.toThrow('not now');
    const stop = new AbortController();
    setTimeout(() => stop.abort(new Error('enough')), 50);
    await expect(client.until(stop.signal).get(ref)).rejects.toThrow('enough');
  });

  it('reads credentials again when they are refused, because tokens rotate, of the context that it began with', async () => {
    const tokens: (string | undefined)[] = [];
    await start((request, response) => {
      tokens.push(request.headers.authorization);
      const fresh = request.headers.authorization === 'Bearer second';
      answer(response, fresh ? 200 : 401, fresh ? object('settings') : status(401, 'Unauthorized'));
    });
    expect((await failureOf(client.get(ref))).reason).toBe('unauthorized');
    writeKubeconfig(server.kubeconfig, await addressOf(server), { token: 'second' });
    const text = readFileSync(server.kubeconfig, 'utf8');
    writeFileSync(server.kubeconfig, text.replace('current-context: fake', 'current-context: another-cluster'));
    expect(await client.get(ref)).toBeDefined();
    expect(tokens).toEqual(['Bearer first', 'Bearer first', 'Bearer first', 'Bearer second']);
  });

  it.each([
    [
      'a missing token file',
      { 'auth-provider': { name: 'tokenFile', config: { tokenFile: '/nowhere/token' } } },
      'ENOENT',
    ],
    [
      'a failing plugin',
      { exec: { command: 'sh', args: ['-c', 'echo hunter2 >&2; exit 1'] } },
      'credential plugin failed',
    ],
  ])('names %s, and repeats no secret', async (_, user, words) => {
    await start((_, response) => answer(response, 200, object('settings')));
    writeKubeconfig(server.kubeconfig, await addressOf(server), user);
    await client.close();
    client = connect({ kubeconfig: server.kubeconfig });
    const error = await failureOf(client.get(ref));
    expect(error).toMatchObject({ reason: 'unauthorized', retryable: true });
    expect(error.message).toContain(words);
    expect(error.message).not.toContain('hunter2');
  });

  it.each(['..', 'a/b', 'a%2fb', ''])('refuses the name "%s" before anything is sent', async (name) => {
    let calls = 0;
    await start((_, response) => {
      calls += 1;
      answer(response, 200, object('x'));
    });
    expect((await failureOf((async () => client.get(configMapRef('demo', name)))())).reason).toBe('invalid');
    expect(calls).toBe(0);
  });
});

async function addressOf({ kubeconfig }: FakeApiServer): Promise<string> {
  const { readFile } = await import('node:fs/promises');
  return /server: (\S+)/.exec(await readFile(kubeconfig, 'utf8'))?.[1] ?? '';
}

describe('a kubeconfig that cannot be used', () => {
  it.each([
    [{ kubeconfig: '/nowhere/config' }, 'cannot read /nowhere/config'],
    [{ context: 'other' }, 'has no usable context "other"; contexts: fake'],
  ])('is told at once: %j', async (options, words) => {
    await start(() => {});
    expect(() => connect({ kubeconfig: server.kubeconfig, ...options })).toThrow(words);
  });
});
