import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { CanaryReadiness } from '../../../../src/activities/support/canary-readiness.ts';
import { WROTE } from '../../../../src/kubernetes/objects/annotations.ts';
import type { Deployment } from '../../../../src/kubernetes/objects/deployments.ts';
import { revisionNotes } from '../../../../src/kubernetes/objects/revisions.ts';
import { FakeCluster } from '../../../support/fakes/cluster.ts';
import { planFor } from '../../../support/plan.ts';

let stop: AbortController;
beforeEach(() => {
  stop = new AbortController();
});
afterEach(() => stop.abort());

const template = (image: string) => ({ spec: { containers: [{ name: 'reviews', image }] } });

function put(cluster: FakeCluster, paused: boolean, image = 'reviews:v2'): void {
  const annotations = { ...revisionNotes('abc', template('reviews:v2')), [WROTE]: 'paused' };
  cluster.put('deployments', {
    metadata: { name: 'reviews-v2', namespace: 'demo', annotations },
    spec: { replicas: 1, selector: {}, template: template(image), paused },
    status: { readyReplicas: 1 },
  } as Deployment);
}

test.each(['canary', 'event'] as const)(
  'a canary that is resumed, and then gets another template: source %s',
  async (source) => {
    const { workload } = planFor('reviews');
    const cluster = new FakeCluster();
    put(cluster, true);
    const seen = new CanaryReadiness(cluster, planFor('reviews', { workload: { ...workload, source } }), stop.signal);
    const lost = vi.fn();
    seen.lost.then(lost, lost);
    await vi.waitFor(() => expect(seen.ready).toBe(1));
    put(cluster, true, 'reviews:v3');
    await vi.waitFor(() => expect(seen.ready).toBe(1));
    expect([seen.resumed, seen.replaced]).toEqual([false, undefined]);
    put(cluster, false);
    const own = source === 'canary';
    if (own) await vi.waitFor(() => expect(seen.resumed).toBe(true));
    expect(lost).not.toHaveBeenCalled();
    put(cluster, false, 'reviews:v3');
    if (own) await vi.waitFor(() => expect(lost).toHaveBeenCalled());
    else await new Promise((resolve) => setTimeout(resolve, 50));
    expect(seen.replaced).toEqual(
      own ? 'Deployment demo/reviews-v2 was resumed with another template than the tested one' : undefined,
    );
    expect(lost).toHaveBeenCalledTimes(own ? 1 : 0);
  },
);
