import type { RequestListener } from 'node:http';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { runAcceptance } from '../../../src/activities/run-acceptance.ts';
import type { HttpTest } from '../../../src/contract/plan.ts';
import { FakeCluster } from '../../support/fakes/cluster.ts';
import { type PodServer, podServer } from '../../support/fakes/pod-server.ts';
import { planFor } from '../../support/routes.ts';

// the pods here are servers of this machine
vi.mock('../../../src/network/address.ts', () => ({ isLocal: () => false }));

let cluster: FakeCluster;
const pods: PodServer[] = [];
beforeEach(() => {
  cluster = new FakeCluster();
});
afterEach(() => {
  for (const pod of pods.splice(0)) pod.close();
});

async function addPod(name: string, listener: RequestListener, hash?: string): Promise<PodServer> {
  const pod = await podServer(name, listener, hash);
  pods.push(pod);
  cluster.put('pods', pod.object);
  return pod;
}

const test = (expectation: Partial<HttpTest['http']['expect']> = {}, timeoutMs = 2_000): HttpTest => ({
  name: 'health',
  http: {
    path: '/health',
    method: 'GET',
    headers: { 'x-token': 'hunter2' },
    expect: { status: 200, headers: {}, ...expectation },
  },
  timeoutMs,
});

const run = (test: HttpTest, signal = new AbortController().signal) =>
  runAcceptance(
    cluster,
    {
      plan: { ...planFor(), acceptance: [test] },
      cluster: 'local',
      clusterUid: 'uid',
      rollout: 'reviews-1',
      epoch: 1,
      podHash: '5d8f',
      test: 'health',
    },
    { signal, heartbeat: () => {} },
    () => cluster,
  );

const ok: RequestListener = (_, response) => void response.setHeader('x-version', 'v2').end('all is well');

describe('acceptance tests', () => {
  it('ask every pod of the revision and no other', async () => {
    await addPod('a', ok);
    await addPod('b', ok);
    await addPod('old', (_, response) => void response.writeHead(500).end(), '0ld0');
    const result = await run(test({ bodyContains: 'well', headers: { 'X-Version': 'v2' } }));
    expect(result).toMatchObject({ passed: true, sentence: 'health passed on 2 pods' });
    expect(result.details).toEqual([
      expect.stringMatching(/^health on a: 200 in \d+ ms$/),
      expect.stringMatching(/^health on b: 200 /),
    ]);
  });

  it('fail when one pod answers otherwise, at the first wrong answer', async () => {
    let asked = 0;
    await addPod('a', ok);
    await addPod('b', (_, response) => {
      asked += 1;
      response.writeHead(503).end('secret reason');
    });
    const result = await run(test());
    expect(result).toMatchObject({
      passed: false,
      sentence: 'health on b: wanted status 200, got 503 of 2 pods',
    });
    expect(asked).toBe(1);
    expect(JSON.stringify(result)).not.toMatch(/secret|hunter2/);
  });

  it.each([
    [{ bodyContains: 'sorrow' }, 'the body does not contain "sorrow"'],
    [{ headers: { 'x-version': 'v3' } }, 'header x-version is not "v3"'],
    [{ status: 204 }, 'wanted status 204, got 200'],
  ])('name the expectation that was missed: %j', async (expectation, sentence) => {
    await addPod('a', ok);
    expect((await run(test(expectation))).sentence).toContain(`health on a: ${sentence}`);
  });

  it('do not follow redirects', async () => {
    await addPod('a', (_, response) => void response.writeHead(302, { location: '/elsewhere' }).end());
    expect((await run(test())).sentence).toContain('got 302');
    expect((await run(test({ status: 302 }))).passed).toBe(true);
  });

  it('try again when there is no answer at all', async () => {
    let asked = 0;
    await addPod('a', (request, response) => {
      asked += 1;
      if (asked < 3) request.socket.destroy();
      else response.end();
    });
    expect((await run(test())).passed).toBe(true);
    const pod = await addPod('b', ok);
    pod.close();
    expect((await run(test())).sentence).toContain('health on b: no answer (ECONNREFUSED), 3 times tried');
  });

  it('wait no longer than the timeout, once', async () => {
    await addPod('a', () => {});
    const startMs = Date.now();
    expect((await run(test({}, 300))).sentence).toContain('no answer within 300 ms');
    expect(Date.now() - startMs).toBeLessThan(1_500);
  });

  it('fail without a pod, and stop when cancelled', async () => {
    expect(await run(test())).toMatchObject({
      passed: false,
      sentence: expect.stringContaining('no pod of the new revision is ready'),
    });
    await addPod('a', () => {});
    const cancel = new AbortController();
    setTimeout(() => cancel.abort(new Error('cancelled')), 200);
    await expect(run(test(), cancel.signal)).rejects.toThrow('cancelled');
  });
});
