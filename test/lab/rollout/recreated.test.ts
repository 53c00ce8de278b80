/** A primary that somebody deletes and makes anew while all users are on the canary (order rule 14). */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { apply, getJson, kubectl } from '../../support/lab/cluster.ts';
import { program } from '../../support/lab/lab-app.ts';
import { Reviews } from '../../support/lab/reviews.ts';
import { ClusterSluice } from '../../support/lab/sluice.ts';

let sluice: ClusterSluice;
let app: Reviews;

beforeAll(async () => {
  [sluice, app] = await Promise.all([ClusterSluice.start(), Reviews.create('anew')]);
});

afterAll(async () => {
  await sluice?.stop();
  await app?.remove();
});

const primary = () =>
  getJson<{ metadata: { uid: string; annotations?: object } }>(app.namespace, 'deployment', 'reviews-v1');

test('is not written until a person takes it, and then upgraded; users meet no error', async () => {
  const { namespace } = app;
  const shift = { weights: [100], everyMs: 12_000 };
  const plan = app.plan({ acceptance: [], load: undefined, mirror: undefined, shift });
  const users = app.users({ rate: 100 });
  await sluice.deliver(plan, 'reviews:v2');
  await sluice.until(plan, ({ route }) => route.canary === 100, 'all users on the canary');
  const before = (await primary()).metadata.uid;
  await kubectl('-n', namespace, 'delete', 'deployment', 'reviews-v1', '--wait');
  const labels = { app: 'reviews', version: 'v1' };
  await apply([program({ name: 'reviews-v1', namespace }, labels, 'reviews:v1', { readinessPort: 9080 })]);

  const { needsYou } = await sluice.until(plan, (view) => view.needsYou !== undefined, 'needs you');
  expect(needsYou).toMatchObject({ kind: 'recreated', object: 'upgrade-primary' });
  expect(needsYou?.reason).toMatch(
    /Deployment \S+\/reviews-v1 is not the one that this rollout began with: it was made at \S+, last written by kubectl/,
  );
  const { metadata } = await primary();
  expect(metadata.uid).not.toBe(before);
  expect(JSON.stringify(metadata.annotations ?? {})).not.toContain('sluice.dev');

  expect(await sluice.answer(plan, 'adopt')).toMatchObject({ accepted: true });
  expect((await sluice.result(plan)).outcome?.kind).toBe('promoted');
  expect((await app.replicas('reviews-v1')).spec.template.spec.containers[0]?.image).toMatch(/^reviews:v2/);
  const { failed, total } = await users.stop();
  expect(total).toBeGreaterThan(500);
  expect(failed).toBe(0);
});
