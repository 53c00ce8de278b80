import { setTimeout as sleep } from 'node:timers/promises';
import { pino } from 'pino';
import { afterEach, describe, expect, test, vi } from 'vitest';
import type { OfferAnswer } from '../../../src/contract/offer.ts';
import { readConfig, revisionKey } from '../../../src/kubernetes/objects/config.ts';
import type { Deployment } from '../../../src/kubernetes/objects/deployments.ts';
import { markOf, offeredOf } from '../../../src/kubernetes/objects/mark.ts';
import { noteOffered } from '../../../src/kubernetes/writes/note-offered.ts';
import { type CanaryOffer, watchCanary } from '../../../src/watcher/canary.ts';
import { FakeCluster } from '../../support/fakes/cluster.ts';
import { planFor } from '../../support/plan.ts';

const plan = planFor('reviews');
const keys = [revisionKey('k1', 'k1'.repeat(16))];

/** A cluster with a canary, and a worker that notes what it is offered, if it is there. */
class World {
  readonly cluster = new FakeCluster();
  readonly offers: CanaryOffer[] = [];
  readonly said: string[] = [];
  status: OfferAnswer['status'] = 'started';
  worker = true;
  /** What a worker of another version would note. */
  workerMark: string | undefined;
  #ended = new AbortController();
  #watching: Promise<void>[] = [];
  #generation = 0;

  constructor() {
    this.config('one');
    this.secret('hunter2');
    this.image('reviews:v1');
  }

  image(image: string): void {
    const envFrom = [{ configMapRef: { name: 'settings' } }, { secretRef: { name: 'login' } }];
    const { metadata } = this.canary ?? { metadata: { name: 'reviews-v2', namespace: 'demo', uid: 'uid' } };
    this.#generation += 1;
    this.cluster.put('deployments', {
      metadata: { ...metadata, generation: this.#generation },
      spec: { replicas: 0, selector: {}, template: { spec: { containers: [{ name: 'reviews', image, envFrom }] } } },
    } as Deployment);
  }

  config(value: string): void {
    this.cluster.put('configmaps', { metadata: { name: 'settings', namespace: 'demo' }, data: { value } });
  }

  secret(value: string): void {
    this.cluster.put('secrets', { metadata: { name: 'login', namespace: 'demo' }, data: { value } });
  }

  scale(replicas: number): void {
    const { metadata, spec } = this.canary as Deployment;
    this.cluster.put('deployments', { metadata, spec, status: { replicas } } as Deployment);
  }

  get canary(): Deployment | undefined {
    return this.cluster.objects.get('deployments/demo/reviews-v2') as Deployment | undefined;
  }

  async note(): Promise<void> {
    const canary = this.canary as Deployment;
    const config = await readConfig(this.cluster, 'demo', canary.spec.template, keys);
    await noteOffered(this.cluster, canary, this.workerMark ?? markOf(canary.spec.template, config), false);
  }

  watch(againMs = { refused: 20, taken: 60_000 }): void {
    this.#ended = new AbortController();
    const stream = { write: (line: string) => void this.said.push(JSON.parse(line).msg) };
    const offer = async (one: CanaryOffer): Promise<OfferAnswer> => {
      const duplicate = this.offers.some(({ id }) => id === one.id);
      this.offers.push(one);
      if (duplicate) return { plan: 'reviews', namespace: 'demo', status: 'duplicate' };
      if (this.worker && this.status !== 'rejected') await this.note();
      return { plan: 'reviews', namespace: 'demo', status: this.status };
    };
    const deps = { client: this.cluster, plan, revisionKeys: async () => keys, offer, log: pino({}, stream), againMs };
    this.#watching.push(watchCanary(deps, this.#ended.signal));
  }

  async stop(): Promise<void> {
    this.#ended.abort();
    await Promise.all(this.#watching);
  }

  async offered(times: number): Promise<CanaryOffer[]> {
    await vi.waitFor(() => expect(this.offers.length).toBeGreaterThanOrEqual(times), { timeout: 5_000, interval: 5 });
    // one more would come at once
    await sleep(50);
    expect(this.offers).toHaveLength(times);
    return this.offers;
  }
}

let world: World;
afterEach(() => world.stop());

describe('a canary is offered', () => {
  test.each<[string, (world: World) => void]>([
    ['image', (one) => one.image('reviews:v2')],
    ['ConfigMap', (one) => one.config('two')],
    ['Secret', (one) => one.secret('hunter3')],
  ])('once when its %s changes', async (_, change) => {
    world = new World();
    await world.note();
    world.watch();
    await world.offered(0);
    change(world);
    const [offer] = await world.offered(1);
    expect(offer?.id).toMatch(/^uid\.1\.[0-9a-f]{10}\.k1\.[0-9a-f]{8}\.[0-9a-f]{16}$/);
    expect(offer?.reason).toMatch(/^Deployment demo\/reviews-v2 has reviews:v[12]$/);
    // what the rollout does to it is no news
    world.scale(3);
    await world.offered(1);
  });

  test('when it changed while nobody watched', async () => {
    world = new World();
    await world.note();
    world.watch();
    await world.offered(0);
    await world.stop();
    world.image('reviews:v2');
    world.watch();
    await world.offered(1);
  });

  test('again when an old version comes back, and not while it stays', async () => {
    world = new World();
    world.watch();
    await world.offered(1);
    world.image('reviews:v2');
    await world.offered(2);
    world.image('reviews:v1');
    const ids = (await world.offered(3)).map(({ id }) => id);
    expect(new Set(ids).size).toBe(3);
    await world.stop();
    world.watch();
    await world.offered(3);
  });

  test('under the same id by whoever comes after one that was killed', async () => {
    world = new World();
    world.worker = false;
    world.watch();
    await world.offered(1);
    await world.stop();
    world.watch();
    const [first, second] = await world.offered(2);
    expect(second?.id).toBe(first?.id);
  });

  test('again a while after it was refused, under another id', async () => {
    world = new World();
    world.status = 'rejected';
    world.watch({ refused: 200, taken: 60_000 });
    await world.offered(1);
    world.status = 'started';
    await vi.waitUntil(() => world.offers.length === 2, 5_000);
    const [first, second] = world.offers;
    expect(second?.id).not.toBe(first?.id);
    expect(second?.mark).toBe(first?.mark);
    await world.offered(2);
  });

  test('once where the worker sees something else in it', async () => {
    world = new World();
    world.workerMark = 'other/mark';
    world.watch({ refused: 20, taken: 20 });
    await world.offered(1);
    expect(world.said).toContainEqual(expect.stringMatching(/^the worker noted .* give both the same rights/));
    expect(offeredOf(world.canary as Deployment).count).toBe(1);
  });

  test('not while what it reads cannot be read', async () => {
    world = new World();
    world.cluster.objects.delete('secrets/demo/login');
    world.watch();
    await world.offered(0);
    expect(world.said).toContainEqual(expect.stringContaining('Secret demo/login: the pod template uses it'));
    world.secret('back');
    await world.offered(1);
  });
});
