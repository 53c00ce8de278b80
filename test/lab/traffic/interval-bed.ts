/** What the tests of check intervals stand on: a real Prometheus, pods and a proxy that a test plays, and a cluster that is recorded. */
import { afterAll, beforeAll, beforeEach } from 'vitest';
import type { IntervalInput } from '../../../src/contract/activities.ts';
import type { KubeObject } from '../../../src/kubernetes/client/client.ts';
import { Prometheus } from '../../../src/metrics/prometheus.ts';
import { FakeCluster } from '../../support/fakes/cluster.ts';
import { planFor } from '../../support/routes.ts';
import { RealPrometheus, Scraped } from './real-prometheus.ts';

/** `pod-template-hash` of the revision. */
export const HASH = '5d8f';

/** A canary pod of the revision, one of an older one, and a caller's proxy. */
export const pod = new Scraped();
export const other = new Scraped();
export const proxy = new Scraped();
export let prometheus: RealPrometheus;
export let client: Prometheus;
export let cluster: FakeCluster;
/** Every test has an app of its own, so that none reads the figures of another. */
export let app = 'app0';

export const run = () => ({ signal: new AbortController().signal, heartbeat: () => {} });
export const deps = () => ({ client: cluster, prometheus: () => client });

export function canary(readyReplicas: number): void {
  cluster.put('deployments', {
    metadata: { name: `${app}-v2`, namespace: 'demo' },
    status: { readyReplicas },
  } as KubeObject);
}

/** Sets up the file that calls it. */
export function standOnRealMetrics(): void {
  beforeAll(async () => {
    prometheus = await RealPrometheus.start([pod, other, proxy]);
    client = new Prometheus(prometheus.url);
  });

  afterAll(async () => {
    await client.close();
    await prometheus.stop();
  });

  beforeEach(() => {
    app = `app${Number(app.slice(3)) + 1}`;
    pod.become(app, `${app}-v2-${HASH}-aaaaa`);
    other.become(app, `${app}-v2-0ld0-bbbbb`);
    proxy.become(app, 'gw-0');
    cluster = new FakeCluster();
    canary(1);
  });
}

export const input = (change: Partial<IntervalInput> = {}): IntervalInput => ({
  plan: planFor((plan) => {
    plan.workload.primary = `${app}-v1`;
    plan.workload.canary = `${app}-v2`;
    plan.traffic.primary = { host: app, subset: 'v1' };
    plan.traffic.canary = { host: app, subset: 'v2' };
  }),
  cluster: 'local',
  clusterUid: 'uid',
  rollout: 'reviews-1',
  epoch: 1,
  stage: 'mirror',
  durationMs: 2_500,
  podHash: HASH,
  ...change,
});

/** Steady traffic until stopped. */
export function every(ms: number, act: () => void): () => void {
  const timer = setInterval(act, ms);
  return () => clearInterval(timer);
}
