import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Uids } from '../../../../src/contract/detected.ts';
import { compareFences, type Fence, parseFence } from '../../../../src/contract/fence.ts';
import type { KubeClient, KubeObject, PatchOperation } from '../../../../src/kubernetes/client/client.ts';
import { ClusterError } from '../../../../src/kubernetes/client/errors.ts';
import { configMapRef } from '../../../../src/kubernetes/objects/refs.ts';
import { fencedPatch, guardedOperations } from '../../../../src/kubernetes/writes/fenced-patch.ts';
import { Refusal } from '../../../../src/kubernetes/writes/refusals.ts';

const ref = configMapRef('demo', 'route');
const KEY = 'fence.sluice.dev/reviews';

type Route = KubeObject & { content: string };

/** One object with the API server's rule for guarded patches; `others` runs between each read and write. */
function memory(others: (route: Route) => void = () => {}) {
  const route: Route = { metadata: { name: 'route', uid: 'one', resourceVersion: '1' }, content: '' };
  let version = 1;
  let patches = 0;
  const touch = () => {
    version += 1;
    route.metadata.resourceVersion = String(version);
  };
  const get = async () => structuredClone(route);
  const patch = async (_: unknown, operations: PatchOperation[]) => {
    patches += 1;
    others(route);
    for (const operation of operations) apply(route, operation);
    touch();
    return structuredClone(route);
  };
  const client = { get, patch } as unknown as KubeClient;
  return { client, route, touch, patches: () => patches };
}

function apply(route: Route, operation: PatchOperation): void {
  const value = operation.op === 'remove' ? undefined : operation.value;
  const [, first, second, third = ''] = operation.path.split('/');
  if (operation.op === 'test') {
    if (route.metadata[second as 'uid' | 'resourceVersion'] === value) return;
    throw new ClusterError({ verb: 'patch', object: 'route', reason: 'conflict', status: 422 });
  }
  if (first === 'content') route.content = String(value);
  else if (second === 'annotations' && third === '') route.metadata.annotations = {};
  else if (route.metadata.annotations) route.metadata.annotations[third.replaceAll('~1', '/')] = String(value);
  else throw new Error('no annotations to add to');
}

function write(client: KubeClient, fence: Fence, content: string, owner = 'reviews', uids?: Uids) {
  const as = { owner, namespace: 'demo', fence, uids };
  return fencedPatch<Route>(client, ref, as, {
    change: () => [{ op: 'replace', path: '/content', value: content }],
    isDone: (route) => route.content === content,
  });
}

const fences = fc.record({ epoch: fc.integer({ min: 1, max: 3 }), seq: fc.integer({ min: 1, max: 4 }) });

describe('fenced writes', () => {
  it('leave the content of the highest fence, and never lower the fence, whatever their order', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fences, { minLength: 1, maxLength: 12 }), async (order) => {
        const { client, route } = memory();
        let highest: Fence = { epoch: 0, seq: 0 };
        for (const fence of order) {
          const result = await write(client, fence, JSON.stringify(fence)).catch((error: unknown) => error);
          const compared = compareFences(fence, highest);
          if (compared > 0) expect(result).toMatchObject({ kind: 'written' });
          if (compared === 0) expect(result).toMatchObject({ kind: 'confirmed' });
          if (compared < 0) expect(result).toBeInstanceOf(Refusal);
          if (compared > 0) highest = fence;
          expect(parseFence(route.metadata.annotations?.[KEY])).toEqual(highest);
          expect(route.content).toBe(JSON.stringify(highest));
        }
      }),
    );
  });

  it('do the same when they run at the same time', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(fences, { selector: (f) => `${f.epoch}.${f.seq}`, minLength: 2, maxLength: 4 }),
        async (all) => {
          const { client, route } = memory();
          await Promise.allSettled(all.map((fence) => write(client, fence, JSON.stringify(fence))));
          const highest = [...all].sort(compareFences).at(-1);
          expect(route.content).toBe(JSON.stringify(highest));
        },
      ),
      { numRuns: 30 },
    );
  });

  it('read again after a conflict, and compute the change anew', async () => {
    let conflicts = 2;
    const world = memory((route) => {
      if (conflicts === 0) return;
      conflicts -= 1;
      route.content = `other ${conflicts}`;
      world.touch();
    });
    const seen: string[] = [];
    const result = await fencedPatch<Route>(
      world.client,
      ref,
      { owner: 'reviews', namespace: 'demo', fence: { epoch: 1, seq: 1 } },
      {
        change: (route) => {
          seen.push(route.content);
          return [{ op: 'replace', path: '/content', value: 'ours' }];
        },
        isDone: () => true,
      },
    );
    expect(result.kind).toBe('written');
    expect(seen).toEqual(['', 'other 1', 'other 0']);
  });

  it('give up after sixteen conflicts with an error that may be retried', async () => {
    const world = memory(() => world.touch());
    await expect(write(world.client, { epoch: 1, seq: 1 }, 'x')).rejects.toMatchObject({
      reason: 'conflict',
      retryable: true,
    });
    expect(world.patches()).toBe(16);
  });

  it('tell a change by somebody else, an owner, a decline and an absence', async () => {
    const { client, route } = memory();
    await write(client, { epoch: 1, seq: 1 }, 'x');
    route.content = 'by hand';
    expect((await write(client, { epoch: 1, seq: 1 }, 'x')).kind).toBe('changed');
    await expect(write(client, { epoch: 9, seq: 1 }, 'x', 'ratings')).rejects.toThrow('belongs to plan demo/reviews');
    const as = { owner: 'reviews', namespace: 'demo', fence: { epoch: 2, seq: 1 } };
    const declined = await fencedPatch(client, ref, as, { change: () => ({ drift: 'no' }), isDone: () => true });
    expect(declined).toMatchObject({ kind: 'drift', sentence: 'no' });
    const empty = { get: async () => undefined } as unknown as KubeClient;
    await expect(write(empty, { epoch: 1, seq: 1 }, 'x')).rejects.toMatchObject({ reason: 'notFound' });
  });
});

describe('an object that was made anew', () => {
  const write1 = (client: KubeClient, uids?: Uids) => write(client, { epoch: 1, seq: 1 }, 'x', 'reviews', uids);

  it('is not written, and it is said who made it', async () => {
    const { client, route, patches } = memory();
    const metadata = { uid: 'two', creationTimestamp: '2026-01-02T03:04:05Z', managedFields: [{ manager: 'argocd' }] };
    Object.assign(route.metadata, metadata);
    await expect(write1(client, { 'ConfigMap demo/route': 'one' })).rejects.toMatchObject({
      kind: 'Recreated',
      detail: { 'ConfigMap demo/route': 'two' },
      message: expect.stringContaining('it was made at 2026-01-02T03:04:05Z, last written by argocd'),
    });
    expect(patches()).toBe(0);
  });

  it('between reading and writing is not written either', async () => {
    const { client, route } = memory((route) => Object.assign(route.metadata, { uid: 'two' }));
    await expect(write1(client, { 'ConfigMap demo/route': 'one' })).rejects.toMatchObject({ kind: 'Recreated' });
    expect(route.content).toBe('');
  });

  it('is written where nobody is bound to the one before', async () => {
    const { client } = memory();
    expect(await write1(client, { 'ConfigMap demo/other': 'two' })).toMatchObject({ kind: 'written' });
    expect(await write1(client)).toMatchObject({ kind: 'confirmed' });
  });
});

describe('the guarded request', () => {
  const as = { owner: 'reviews', namespace: 'demo', fence: { epoch: 3, seq: 14 } };

  it('tests object and version first, then marks, then changes', () => {
    const object = { metadata: { name: 'x', uid: 'one', resourceVersion: '7', annotations: { a: 'b' } } };
    const change: PatchOperation = { op: 'remove', path: '/spec/x' };
    expect(guardedOperations(object, as, [change])).toEqual([
      { op: 'test', path: '/metadata/uid', value: 'one' },
      { op: 'test', path: '/metadata/resourceVersion', value: '7' },
      { op: 'add', path: '/metadata/annotations/fence.sluice.dev~1reviews', value: '3.14' },
      { op: 'add', path: '/metadata/annotations/sluice.dev~1owner', value: 'demo/reviews' },
      change,
    ]);
  });

  it('makes room for annotations where there are none', () => {
    const operations = guardedOperations({ metadata: { name: 'x', resourceVersion: '7' } }, as, []);
    expect(operations[2]).toEqual({ op: 'add', path: '/metadata/annotations', value: {} });
  });
});
