import { describe, expect, test } from 'vitest';
import { ApiProxy } from '../support/api-proxy.ts';
import { eventually, productRequests, productWrites } from '../support/cluster.ts';
import { Reviews } from '../support/reviews.ts';
import { Sluice } from '../support/sluice.ts';

describe('fences', () => {
  test('a route write whose answer was lost is made once', async () => {
    const proxy = await ApiProxy.start();
    const [app, sluice] = await Promise.all([
      Reviews.create('lost'),
      Sluice.start({ environment: { KUBECONFIG: proxy.kubeconfig } }),
    ]);
    proxy.rules.push({
      match: (method, path) => method === 'PATCH' && path.includes('/virtualservices/'),
      fault: { kind: 'cut' },
    });
    const plan = app.plan({
      load: undefined,
      mirror: { percent: 100, everyMs: 2_000, iterations: 1 },
      shift: { weights: [100], everyMs: 2_000 },
    });
    const recorder = app.recordRoute();
    const prober = app.users();
    await sluice.deliver(plan, 'reviews:v2');
    const view = await sluice.result(plan);
    const { failed } = await prober.stop();
    recorder.stop();
    expect(view.outcome?.kind).toBe('promoted');
    expect(failed).toBe(0);
    expect(recorder.versions.map(({ canary, mirror }) => [canary, mirror])).toEqual([
      [0, 0],
      [0, 100],
      [0, 0],
      [100, 0],
      [0, 0],
    ]);
    expect(
      (await productWrites(app.namespace)).filter((write) => write === 'patch virtualservices/reviews'),
    ).toHaveLength(4);
    await sluice.stop();
    proxy.stop();
    await app.remove();
  });

  test("a frozen worker's upgrade of the primary, thawed after an abort, is refused", async () => {
    const proxy = await ApiProxy.start();
    const [app, sluice] = await Promise.all([
      Reviews.create('frozen'),
      Sluice.start({ environment: { KUBECONFIG: proxy.kubeconfig } }),
    ]);
    const plan = app.plan({ mirror: undefined, load: undefined, shift: { weights: [100], everyMs: 2_000 } });
    const prober = app.users();
    await sluice.deliver(plan, 'reviews:v2');
    await sluice.until(plan, ({ route }) => route.canary === 100, 'weight 100');
    const gate = held();
    proxy.rules.push({
      match: (method, path) => method === 'PATCH' && path.includes('/deployments/reviews-v1'),
      fault: { kind: 'hold', ...gate },
    });
    await gate.reached;
    const [frozen] = sluice.workers;
    frozen?.kill('SIGSTOP');
    await sluice.startWorker({});
    await sluice.act(plan, 'abort', 'frozen');
    const view = await sluice.result(plan);
    expect(view.outcome).toMatchObject({ kind: 'aborted', step: 14 });
    frozen?.kill('SIGCONT');
    gate.open();
    await eventually(async () => (await refusals(app.namespace)) > 0 || undefined, 'the late write is refused', 20_000);
    const { failed } = await prober.stop();
    const primary = await app.replicas('reviews-v1');
    expect(primary.spec.template.spec.containers[0]?.image).toBe('reviews:v1');
    expect(await app.weights()).toEqual({ primary: 100, canary: 0, mirror: 0 });
    expect(failed).toBe(0);
    await sluice.stop();
    proxy.stop();
    await app.remove();
  });
});

function held() {
  let open: () => void = () => undefined;
  let arrived: () => void = () => undefined;
  const release = new Promise<void>((resolve) => {
    open = resolve;
  });
  const reached = new Promise<void>((resolve) => {
    arrived = resolve;
  });
  return { release, reached, open: () => open(), arrived: () => arrived() };
}

/** Patches of the primary that the API server refused because the object had moved on. */
async function refusals(namespace: string): Promise<number> {
  return (await productRequests(namespace)).filter(
    ({ verb, objectRef, responseStatus }) =>
      verb === 'patch' && objectRef?.name === 'reviews-v1' && (responseStatus?.code ?? 0) >= 400,
  ).length;
}
