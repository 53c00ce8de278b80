import { afterAll, beforeAll, expect, test } from 'vitest';
import { kubectl } from '../../support/lab/cluster.ts';
import { Reviews } from '../../support/lab/reviews.ts';
import { ClusterSluice } from '../../support/lab/sluice.ts';

/** The VirtualService governs the gateway only, and the routed Service selects canary pods too. */
let app: Reviews;
let sluice: ClusterSluice;

beforeAll(async () => {
  [app, sluice] = await Promise.all([
    Reviews.create('plain', { gateways: ['reviews-gateway'] }),
    ClusterSluice.start(),
  ]);
});

afterAll(async () => {
  await sluice?.stop();
  await app?.remove();
});

test('a route that leaves callers ungoverned is refused, with the remedies, before any write', async () => {
  const answer = await sluice.deliver(app.plan(), 'reviews:v2');
  expect(answer.status).toBe('rejected');
  const [problem] = answer.problems ?? [];
  console.info(`refused: ${problem?.where}: ${problem?.problem}; ${problem?.remedy}`);
  expect(problem?.problem).toMatch(/canary pods/);
  expect(problem?.remedy).toMatch(/mesh/);
  expect(problem?.remedy).toMatch(/allowUngoverned/);
  expect(Object.keys((await app.route()).metadata.annotations ?? {}).filter((key) => key.includes('sluice'))).toEqual(
    [],
  );
  await expect(app.replicas('reviews-v2')).rejects.toThrow(/NotFound/);
});

test('with allowUngoverned it runs to its end and reports what a plain client met', async () => {
  const plan = app.plan({
    traffic: { ...app.plan().traffic, allowUngoverned: true },
    mirror: { percent: 100, everyMs: 2_000, iterations: 1 },
    shift: { weights: [20, 100], everyMs: 4_000 },
  });
  const users = app.users();
  const client = plainClient(app);
  await sluice.deliver(plan, 'reviews:v2');
  const view = await sluice.result(plan);
  const met = await client.stop();
  const { failed } = await users.stop();
  console.info(`plain client: ${JSON.stringify(met)}; warnings: ${view.warnings.join(' ')}`);
  expect(view.outcome?.kind).toBe('promoted');
  expect(failed).toBe(0);
  expect(met.v2).toBeGreaterThan(0);
  expect(view.warnings.join(' ')).toMatch(/past the routes/);
});

/** Calls the Service as a pod without sidecar does: any ready endpoint in turn, 50 a second. */
function plainClient(target: Reviews) {
  const met: Record<string, number> = {};
  let going = true;
  const running = (async () => {
    while (going) {
      const list = await kubectl('-n', target.namespace, 'get', 'endpointslices', '-o', 'json');
      const slices = JSON.parse(list) as {
        items: { endpoints?: { addresses: string[]; conditions: { ready?: boolean } }[] }[];
      };
      const ready = slices.items.flatMap(({ endpoints = [] }) =>
        endpoints.filter(({ conditions }) => conditions.ready).flatMap(({ addresses }) => addresses),
      );
      for (let n = 0; n < 50 && ready.length > 0; n += 1) {
        const answer = await fetch(`http://${ready[n % ready.length]}:9080/`).catch(() => undefined);
        await answer?.arrayBuffer();
        const version = answer?.headers.get('x-version') ?? 'none';
        met[version] = (met[version] ?? 0) + 1;
        await new Promise((resolve) => setTimeout(resolve, 15));
      }
    }
  })();
  return {
    stop: async () => {
      going = false;
      await running;
      return met;
    },
  };
}
