/** A cluster without workers for a day and a half: people are told once, the history does not grow, and it goes on by itself. */
import { beforeAll, expect, test } from 'vitest';
import { abortSignal, viewQuery } from '../../src/contract/messages.ts';
import type { RolloutView } from '../../src/contract/view.ts';
import { offerFor, planFor } from '../support/plan.ts';
import { Agenda } from './agenda.ts';
import { Engine } from './engine.ts';
import { Sandboxes } from './sandboxes.ts';
import { ModelWorld } from './world.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
/** What an outage may add to the history, however long it lasts. */
const MOST_EVENTS = 60;

let sandboxes: Sandboxes;

beforeAll(async () => {
  sandboxes = await Sandboxes.load();
});

async function begun(away = false) {
  const agenda = new Agenda();
  const world = new ModelWorld(
    agenda,
    () => 'fine',
    () => 100,
  );
  const engine = new Engine(sandboxes, agenda, 'rollout', 'rollout/model', world);
  if (away) engine.stopWorkers();
  const plan = planFor('shop', { mirror: undefined, shift: { weights: [20, 40, 100], everyMs: 5_000 } });
  await engine.start({ cluster: 'model', offer: offerFor(plan) });
  const view = () => engine.query<RolloutView>(viewQuery.name);
  const until = async (over: () => Promise<boolean> | boolean) => {
    while (!(await over())) await engine.step();
  };
  return {
    engine,
    world,
    view,
    until,
    elapse: (ms: number) => {
      const end = agenda.now + ms;
      return until(() => agenda.now >= end);
    },
    toldOf: () => world.notices.filter(({ topic }) => topic === 'needs-you').length,
  };
}

test('before anything is detected', async () => {
  const { engine, view, elapse, until, toldOf } = await begun(true);
  await elapse(MINUTE_MS);
  expect(await view()).toMatchObject({ state: 'starting', questions: [] });
  const before = engine.events;
  await elapse(1.5 * DAY_MS);
  expect(engine.events - before).toBeLessThan(MOST_EVENTS);
  console.info(`no worker before detect: ${engine.events - before} events in a day and a half`);
  const asked = await view();
  expect(asked).toMatchObject({ state: 'needs-you', needsYou: { kind: 'worker', object: 'model' } });
  expect(asked.sentence).toContain('No worker serves cluster model');
  expect(toldOf()).toBe(1);
  engine.startWorkers();
  await until(async () => (await view()).state !== 'needs-you');
  expect(await view()).toMatchObject({ questions: [], sentence: expect.not.stringContaining('Needs you') });
  await until(() => engine.completed !== undefined);
  expect(engine.completed?.result).toMatchObject({ outcome: { kind: 'promoted' } });
});

test('an abort before anything is detected needs no worker', async () => {
  const { engine, elapse, until } = await begun(true);
  await elapse(10 * MINUTE_MS);
  engine.signal(abortSignal.name, 'nobody is there');
  await until(() => engine.completed !== undefined);
  expect(engine.completed?.result).toMatchObject({ outcome: { kind: 'aborted' }, questions: [] });
});

test('with users on the canary: the abort waits, and is carried out when a worker comes up', async () => {
  const { engine, world, view, elapse, until, toldOf } = await begun();
  await until(async () => (await view()).route.canary === 40);
  engine.stopWorkers();
  await elapse(10 * MINUTE_MS);
  expect(await view()).toMatchObject({ state: 'needs-you', needsYou: { kind: 'worker' } });
  const before = engine.events;
  engine.signal(abortSignal.name, 'nobody is there');
  await elapse(1.5 * DAY_MS);
  expect(engine.events - before).toBeLessThan(MOST_EVENTS);
  console.info(`no worker on the way back: ${engine.events - before} events in a day and a half`);
  expect(await view()).toMatchObject({
    state: 'needs-you',
    outcome: { kind: 'aborted' },
    needsYou: { kind: 'worker' },
  });
  expect(toldOf()).toBe(1);
  expect(world.cluster.route.canary).toBe(40);
  engine.startWorkers();
  await until(() => engine.completed !== undefined);
  expect(engine.completed?.result).toMatchObject({ outcome: { kind: 'aborted' }, questions: [] });
  expect(world.cluster.route.canary).toBe(0);
});
