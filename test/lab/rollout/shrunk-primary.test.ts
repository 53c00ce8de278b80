import { describe, expect, test } from 'vitest';
import { eventually, getJson, kubectl } from '../../support/lab/cluster.ts';
import { Reviews } from '../../support/lab/reviews.ts';
import { ClusterSluice } from '../../support/lab/sluice.ts';

/** Four pods under an HPA with the minimum 2, as they are after a busy hour. */
async function prepared(label: string) {
  const options = { replicas: 4, autoscaler: { min: 2, max: 6 } };
  const [app, sluice] = await Promise.all([Reviews.create(label, options), ClusterSluice.start()]);
  const plan = app.plan({
    mirror: undefined,
    load: undefined,
    shift: { weights: [100], everyMs: 6_000 },
    scale: { ...app.plan().scale, primary: {} },
  });
  return { app, sluice, plan };
}

/** What the HPA does to a primary that nobody uses. */
async function shrink(app: Reviews): Promise<void> {
  await kubectl('-n', app.namespace, 'scale', 'deployment/reviews-v1', '--replicas=2');
  await eventually(
    async () => (await app.replicas('reviews-v1')).status.readyReplicas === 2 || undefined,
    'the primary is smaller',
  );
}

async function bounds(app: Reviews): Promise<number[]> {
  const { spec } = await getJson<{ spec: { minReplicas: number; maxReplicas: number } }>(
    app.namespace,
    'horizontalpodautoscaler',
    'reviews-v1',
  );
  return [spec.minReplicas, spec.maxReplicas];
}

describe('a primary that shrank while its users were on the canary', () => {
  test('is back at its size before they return, and its HPA as it was', async () => {
    const { app, sluice, plan } = await prepared('shrunk');
    const recorder = app.recordRoute();
    const prober = app.users();
    await sluice.deliver(plan, 'reviews:v2');
    await sluice.until(plan, ({ route }) => route.canary === 100, 'weight 100');
    await shrink(app);
    const view = await sluice.result(plan);
    recorder.stop();
    expect(view.outcome?.kind).toBe('promoted');
    expect(view.replicas.primary).toBeGreaterThanOrEqual(4);
    expect(await bounds(app)).toEqual([2, 6]);
    expect((await prober.stop()).failed).toBe(0);
    await sluice.stop();
    await app.remove();
  });

  test('the same for an abort before it was touched', { tags: ['repeat'] }, async () => {
    const { app, sluice, plan } = await prepared('shrunk-abort');
    const prober = app.users();
    await sluice.deliver(plan, 'reviews:v2');
    await sluice.until(plan, ({ route }) => route.canary === 100, 'weight 100');
    await shrink(app);
    await sluice.act(plan, 'abort', 'enough');
    const view = await sluice.result(plan);
    expect(view.outcome?.kind).toBe('aborted');
    expect((await app.replicas('reviews-v1')).status.readyReplicas).toBe(4);
    expect(await bounds(app)).toEqual([2, 6]);
    expect((await prober.stop()).failed).toBe(0);
    await sluice.stop();
    await app.remove();
  });
});
