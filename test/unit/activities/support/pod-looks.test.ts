/** Real pages of real servers. Each page is a second after the one before: 20 requests of the canary, and 80 of the primary. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { PodLooks } from '../../../../src/activities/support/pod-looks.ts';
import type { IntervalInput } from '../../../../src/contract/activities.ts';
import { Looks } from '../../../../src/judge/comparison.ts';
import { FakeCluster } from '../../../support/fakes/cluster.ts';
import { planFor } from '../../../support/routes.ts';

vi.mock('../../../../src/activities/support/sleep.ts', () => ({
  sleep: async (_: number, signal: AbortSignal) => {
    await new Promise((resolve) => setTimeout(resolve, 20));
    signal.throwIfAborted();
  },
}));

// the pods here are servers of this machine
vi.mock('../../../../src/network/address.ts', () => ({ isLocal: () => false }));

const CANARY = '127.0.0.2';
let cluster: FakeCluster;
let server: Server;
let stop: AbortController;
let share: number;
let pages: Record<string, number>;

beforeEach(async () => {
  cluster = new FakeCluster();
  stop = new AbortController();
  pages = {};
  server = createServer(({ headers: { host = '' } }, response) => {
    const [ip = ''] = host.split(':');
    pages[ip] = (pages[ip] ?? 0) + 1;
    const count = pages[ip] * (ip === CANARY ? 20 : 80);
    const failed = ip === CANARY ? Math.floor(count * share) : 0;
    response.end(`requests_total{code="200"} ${1e6 + count - failed}\nrequests_total{code="500"} ${1e6 + failed}\n`);
  });
  await new Promise<void>((resolve) => server.listen(0, '0.0.0.0', resolve));
  const labels = { app: 'reviews', version: 'v1' };
  cluster.put('deployments', {
    metadata: { name: 'reviews-v1', namespace: 'demo' },
    spec: { selector: { matchLabels: labels } },
  });
  pod('p', labels, '127.0.0.1');
  pod('c', { app: 'reviews', version: 'v2', 'pod-template-hash': 'h' }, CANARY);
});
afterEach(() => {
  stop.abort();
  server.closeAllConnections();
  server.close();
});

function pod(name: string, labels: Record<string, string>, podIP: string, port?: number): void {
  const containers = [{ ports: [{ containerPort: port ?? (server.address() as AddressInfo).port }] }];
  cluster.put('pods', { metadata: { name, namespace: 'demo', labels }, spec: { containers }, status: { podIP } });
}

function look(failing: number): PodLooks {
  share = failing;
  const series = { kind: 'app', requests: 'requests_total', code: 'code', unit: 's', podLabel: 'pod' } as const;
  const plan = planFor(({ analysis }) => {
    analysis.pods = { series: { ...series, namespaceLabel: 'namespace' } };
  });
  const compare = {
    options: { latency: false, alpha: 0.005, warmupTicks: 0 },
    tickMs: 1_000,
    deadlineMs: 600_000,
    onInconclusive: 'hold',
    minRequests: 1,
  } as const;
  const input = { plan, podHash: 'h' } as unknown as IntervalInput;
  return new PodLooks({ client: cluster }, input, new Looks(compare, { weight: 20 }, undefined), stop.signal);
}

/** @returns after that many pages of the canary, or sooner when it is proven worse */
function untilPages(looks: PodLooks, count: number): Promise<string | undefined> {
  const enough = vi.waitFor(() => expect(pages[CANARY]).toBeGreaterThanOrEqual(count), { timeout: 10_000 });
  return Promise.race([looks.worse, enough.then(() => undefined)]);
}

describe('looks at pods', () => {
  it.each([
    [0.05, 30],
    [0.3, 10],
    [1, 8],
  ])('prove that a share of %f fails within a minute, after %i looks at most', async (failing, seconds) => {
    expect(await untilPages(look(failing), 60)).toMatch(/canary .* errors, primary 0 %/);
    expect(pages[CANARY]).toBeLessThanOrEqual(seconds);
  });

  it('prove nothing against a healthy canary, and say what they have not read', async () => {
    pod('q', { app: 'reviews', version: 'v1' }, '127.0.0.3', 1);
    const looks = look(0);
    expect(await untilPages(looks, 60)).toBeUndefined();
    expect(looks.unread).toBe('1 of 3 not read (ECONNREFUSED)');
  });

  it('go on after what cannot be, and say so', async () => {
    const get = vi.spyOn(cluster, 'get').mockRejectedValueOnce(new Error('the API server is away'));
    const looks = look(0);
    await vi.waitFor(() => expect(looks.unread).toBe('nothing was read (the API server is away)'), { interval: 2 });
    await untilPages(looks, 3);
    expect(get).toHaveBeenCalledTimes(2);
    expect(looks.unread).toBeUndefined();
  });
});
