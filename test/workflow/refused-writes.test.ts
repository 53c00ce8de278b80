/** What stands in the way of a way back stops neither the trying nor what else is due (order rule 8). */
import { randomUUID } from 'node:crypto';
import { ApplicationFailure } from '@temporalio/common';
import { expect, test } from 'vitest';
import type { Plan } from '../../src/contract/plan.ts';
import type { RolloutView } from '../../src/contract/view.ts';
import { offerFor, planFor } from '../support/plan.ts';
import { eachInAWorld, harness, world } from './support/each.ts';

eachInAWorld();

const result = (plan: Plan): Promise<RolloutView> => harness.handle(plan).result();
const ids = (questions: RolloutView['questions']) => questions.map(({ id }) => id);
const proven = { name: 'mo', channel: 'cli', statement: 'good' };

async function runTo(place: string, plan: Plan): Promise<void> {
  world.stuck.add(place);
  await harness.offer(offerFor(plan));
  await expect.poll(() => world.names(), { timeout: 40_000 }).toContain(place);
}

test('a route that is refused twice is taken by the wait, and nobody is asked', async () => {
  const plan = planFor('twice', { mirror: undefined, shift: { weights: [60, 100], everyMs: 20 } });
  await runTo('checkInterval live', plan);
  world.failures.set('route', Array(2).fill(ApplicationFailure.nonRetryable('admission webhook denied the request')));
  await harness.act(plan, 'abort');
  world.stuck.clear();
  const view = await result(plan);
  expect(view).toMatchObject({ outcome: { kind: 'aborted' }, actions: [{ verb: 'abort' }] });
  const names = world.names();
  expect(names.slice(names.indexOf('route 100/0'))).toEqual([
    'route 100/0',
    'awaitChange again route',
    'route 100/0',
    'route 100/0',
    'observeAway',
    'scaleCanaryToZero',
  ]);
  expect(world.notices.map(({ topic }) => topic)).toEqual(['ended']);
});

test('a primary that may not be restored does not keep users on a canary that is lost', async () => {
  world.refused.add('restorePrimary');
  const plan = planFor('restore-denied');
  await runTo('awaitReady primary 3', plan);
  await harness.act(plan, 'abort');
  const watching = 'awaitChange canary <1, primary <1, again restorePrimary';
  await expect.poll(() => world.names(), { timeout: 20_000 }).toContain(watching);
  expect(world.route.canary).toBe(100);
  world.canaryReady = 0;
  await expect.poll(() => world.route.canary, { timeout: 20_000 }).toBe(0);
  expect(world.primary).toBe('new');
  world.refused.clear();
  expect((await result(plan)).actions.map(({ verb }) => verb)).toEqual(['abort']);
  expect(world.primary).toBe('old');
});

test('what lasts is told, each write as a question of its own, and needs no answer', async () => {
  world.refused.add('restorePrimary');
  const plan = planFor('denied', { mirror: undefined, shift: { weights: [100], everyMs: 20 } });
  await runTo('awaitReady primary 3', plan);
  world.refused.add('route');
  world.canaryReady = 0;
  const begun = Date.now();
  await harness.act(plan, 'abort');
  const { questions, needsYou, state } = await harness.until(plan, ({ questions }) => questions.length === 2);
  expect(Date.now() - begun).toBeGreaterThan(24_000);
  expect(state).toBe('needs-you');
  expect(needsYou).toEqual(questions[0]);
  expect(ids(questions).toSorted()).toEqual(['denied-1/refused/primary/1', 'denied-1/refused/route/1']);
  await expect(harness.act(plan, 'answer', { answer: 'retry', actor: proven })).rejects.toMatchObject({
    cause: { message: expect.stringContaining('several questions are open: name one of') },
  });
  await harness.act(plan, 'acknowledge', { question: needsYou?.id, actor: proven });
  expect((await harness.view(plan)).needsYou).toMatchObject({ ...needsYou, acknowledged: { by: 'mo · cli' } });
  const one = { id: randomUUID(), question: 'denied-1/refused/primary/1', answer: 'retry', actor: proven } as const;
  const answered = await harness.act(plan, 'answer', one);
  expect(answered).toEqual({ accepted: true, message: 'Tries it at once.' });
  expect(await harness.act(plan, 'answer', one)).toEqual(answered);
  const left = await harness.view(plan);
  expect([ids(left.questions), left.state]).toEqual([['denied-1/refused/route/1'], 'needs-you']);
  world.refused.clear();
  const view = await result(plan);
  expect(view).toMatchObject({ outcome: { kind: 'aborted' }, questions: [], route: { canary: 0 } });
  expect(view.actions.map(({ verb }) => verb)).toEqual(['abort', 'acknowledge', 'answer']);
  expect(world.primary).toBe('old');
});

test('a canary to which a route is left keeps running', async () => {
  const plan = planFor('left', { mirror: undefined, shift: { weights: [60, 100], everyMs: 20 } });
  await runTo('checkInterval live', plan);
  world.refused.add('route');
  world.observation = [{ kind: 'notObserved', sentence: 'Nothing could be observed.' }];
  await harness.act(plan, 'abort');
  await harness.until(plan, ({ needsYou }) => needsYou?.object === 'route');
  await harness.answer(plan, 'leave-it');
  expect((await result(plan)).outcome?.kind).toBe('aborted');
  expect(world.names()).not.toContain('scaleCanaryToZero');
});
