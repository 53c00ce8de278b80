/** A tag that was moved while it was tested: what the canary first ran is told to whoever upgrades the primary, and a person decides. */
import { afterEach, expect, test } from 'vitest';
import type { UpgradeInput } from '../../src/contract/activities.ts';
import { offerFor, planFor } from '../support/plan.ts';
import { type Harness, startHarness } from '../support/workflow/harness.ts';
import { FakeWorld } from '../support/workflow/world.ts';

let harness: Harness | undefined;
afterEach(() => harness?.close());

test('is asked about, and what a person has accepted of the configuration before stays accepted', async () => {
  const world = new FakeWorld();
  const asked: Pick<UpgradeInput, 'ran' | 'acceptConfig' | 'acceptDigests'>[] = [];
  const [cluster, waits] = [world.cluster(), world.waits()];
  let sizes = 0;
  world.waits = () => ({
    ...waits,
    awaitReady: async (input) => {
      sizes += 1;
      return { ...(await waits.awaitReady(input)), ran: { reviews: [`sha256:${sizes}`] } };
    },
  });
  world.cluster = () => ({
    ...cluster,
    upgradePrimary: async (input) => {
      const { ran, acceptConfig, acceptDigests } = input;
      asked.push({ ran, acceptConfig, acceptDigests });
      if (acceptConfig !== 'c') return { kind: 'drift', sentence: 'The configuration was changed.', config: 'c' };
      if (acceptDigests !== 'd') return { kind: 'drift', sentence: 'The tag was moved.', digests: 'd' };
      return cluster.upgradePrimary(input);
    },
  });
  harness = await startHarness(world);
  const plan = planFor('moved', { mirror: undefined });
  await harness.offer(offerFor(plan));
  for (const sentence of ['The configuration was changed.', 'The tag was moved.']) {
    const view = await harness.until(plan, ({ questions }) => questions[0]?.reason.startsWith(sentence) === true);
    expect(view.route).toMatchObject({ canary: 100 });
    await harness.answer(plan, 'overwrite');
  }
  expect((await harness.handle(plan).result()).outcome.kind).toBe('promoted');
  expect(sizes).toBeGreaterThan(1);
  const ran = { reviews: ['sha256:1'] };
  expect(asked).toEqual([{ ran }, { ran, acceptConfig: 'c' }, { ran, acceptConfig: 'c', acceptDigests: 'd' }]);
});
