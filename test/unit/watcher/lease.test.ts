import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test, vi } from 'vitest';
import type { KubeObject } from '../../../src/kubernetes/index.ts';
import { whileHeld } from '../../../src/watcher/lease.ts';
import { FakeCluster } from '../../support/fakes/cluster.ts';

class Process {
  readonly said: string[] = [];
  works = false;
  readonly #ended = new AbortController();
  readonly ended: Promise<void>;

  constructor(client: FakeCluster, identity: string) {
    const said = (sentence: string) => void this.said.push(sentence);
    const work = async (signal: AbortSignal) => {
      this.works = true;
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
      this.works = false;
    };
    this.ended = whileHeld({ client, lease: 'sluice/watcher', identity, said }, work, this.#ended.signal);
  }

  stop(): Promise<void> {
    this.#ended.abort();
    return this.ended;
  }
}

const cluster = () => new FakeCluster(['coordination.k8s.io/v1']);
const leaseOf = (made: FakeCluster) =>
  made.objects.get('leases/sluice/watcher') as KubeObject & { spec: Record<string, unknown> };
const working = (one: Process) => vi.waitFor(() => expect(one.works).toBe(true), { timeout: 10_000 });

test('one works, and the next one as soon as it has stopped', async () => {
  const made = cluster();
  const first = new Process(made, 'a');
  await working(first);
  const second = new Process(made, 'b');
  await sleep(100);
  expect(second.works).toBe(false);
  expect(leaseOf(made).spec).toMatchObject({ holderIdentity: 'a', leaseDurationSeconds: 15 });
  expect(leaseOf(made).spec.renewTime).toMatch(/^\d{4}-.*\.\d{6}Z$/);
  await first.stop();
  expect(first.works).toBe(false);
  expect(leaseOf(made).spec.holderIdentity).toBe('');
  await working(second);
  await second.stop();
});

test('a holder that is gone keeps it for as long as it says, by our own clock', async () => {
  const made = cluster();
  const spec = { holderIdentity: 'dead', leaseDurationSeconds: 1, renewTime: '2999-01-01T00:00:00.000000Z' };
  made.put('leases', { metadata: { name: 'watcher', namespace: 'sluice' }, spec });
  const begun = performance.now();
  const next = new Process(made, 'b');
  await working(next);
  expect(performance.now() - begun).toBeGreaterThan(1_000);
  await next.stop();
});

test('who lost it stops its work, and takes it again when it is free', async () => {
  const made = cluster();
  const first = new Process(made, 'a');
  await working(first);
  const lease = leaseOf(made);
  made.put('leases', { ...lease, spec: { ...lease.spec, holderIdentity: 'b', leaseDurationSeconds: 1 } });
  await vi.waitFor(() => expect(first.works).toBe(false), { timeout: 10_000 });
  expect(first.said).toEqual(['the lease sluice/watcher is held', 'the lease sluice/watcher is lost']);
  await working(first);
  await first.stop();
}, 30_000);
