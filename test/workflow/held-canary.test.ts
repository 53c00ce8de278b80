/** `source: canary`: the canary keeps the pods that are tested for as long as it carries anything (src/kubernetes/objects/held.ts). */
import { ApplicationFailure } from '@temporalio/common';
import { expect, test } from 'vitest';
import type { Plan } from '../../src/contract/plan.ts';
import type { RolloutView } from '../../src/contract/view.ts';
import { offerFor, planFor } from '../support/plan.ts';
import { eachInAWorld, harness, world } from './support/each.ts';

eachInAWorld();

const owned = (name: string, changes: Partial<Plan> = {}) => {
  const { workload } = planFor(name);
  return planFor(name, { events: [], workload: { ...workload, source: 'canary' }, mirror: undefined, ...changes });
};

async function result(plan: Plan): Promise<RolloutView> {
  const offer = offerFor(plan);
  delete offer.event.image;
  await harness.offer(offer);
  return harness.handle(plan).result();
}

test('it is paused once, when its pods are ready, before anything is asked of them', async () => {
  const { outcome, warnings } = await result(owned('held'));
  expect(outcome).toMatchObject({ kind: 'promoted' });
  expect(warnings).toEqual([]);
  const names = world.names();
  expect(names.filter((name) => name.endsWith('held'))).toEqual(['scaleCanary 1 held']);
  const at = names.indexOf('scaleCanary 1 held');
  expect(names.slice(at - 1, at + 2)).toEqual(['awaitReady canary 1', 'scaleCanary 1 held', 'runAcceptance']);
});

test('one that somebody resumes is paused again, though that fails at first, and it is said', async () => {
  world.stuck.add('checkInterval live');
  const plan = owned('resumed', { shift: { weights: [34, 60, 100], everyMs: 20 } });
  const ended = result(plan);
  await expect.poll(() => world.names(), { timeout: 20_000 }).toContain('checkInterval live');
  world.held = false;
  world.failures.set('scaleCanary', [ApplicationFailure.nonRetryable('a webhook denied the request')]);
  world.stuck.clear();
  const { outcome, warnings } = await ended;
  const holds = world.names().filter((name) => name.endsWith(' held'));
  // two pods carry both weights, so nothing else writes the canary between them
  expect(holds).toEqual(['scaleCanary 1 held', 'scaleCanary 2 held', 'scaleCanary 2 held']);
  expect(outcome).toMatchObject({ kind: 'promoted' });
  expect(warnings).toEqual(['Somebody resumed the canary; Sluice paused it again.']);
});
