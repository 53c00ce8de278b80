/** A wait that outlives its history: with users on the canary every interval adds to it, and the server ends what grows too long. */
import { ApplicationFailure } from '@temporalio/common';
import { describe, expect, test } from 'vitest';
import type { Action } from '../../src/contract/action.ts';
import type { ApprovalPlan, Plan } from '../../src/contract/plan.ts';
import type { RolloutView } from '../../src/contract/view.ts';
import { offerFor, planFor } from '../support/plan.ts';
import type { FakeWorld } from '../support/workflow/world.ts';
import { eachInAWorld, harness, world } from './support/each.ts';

/** Temporal suggests a new run at 4 MB: some 30 intervals of this size. */
const BULK = 150_000;

eachInAWorld();

const as = (name: string, more: Partial<Action> = {}): Partial<Action> => ({
  actor: { name, channel: 'cli', statement: 'good' },
  ...more,
});
const result = (plan: Plan): Promise<RolloutView> => harness.handle(plan).result();
const runId = async (plan: Plan) => (await harness.handle(plan).describe()).runId;
const closed = () => ({ open: false, reason: 'frozen', untilMs: Date.now() + 3_600_000 }) as const;

/** Lets the history grow until another run has taken over. */
async function nextRun(plan: Plan): Promise<void> {
  const first = await runId(plan);
  world.bulk = BULK;
  await expect.poll(() => runId(plan), { timeout: 30_000 }).not.toBe(first);
  world.bulk = 0;
}

describe('goes on in a new run', () => {
  test('with an approval: who has approved, since when, and what each action was answered', async () => {
    const approval: ApprovalPlan = { before: 40, from: [], count: 2, notInitiator: true, onExpiry: 'hold' };
    const plan = planFor('long-approval', { mirror: undefined, approvals: [approval] });
    await harness.offer(offerFor(plan));
    const before = await harness.until(plan, ({ needsYou }) => needsYou?.gate !== undefined);
    const once = as('ann', { id: 'once' });
    const answer = await harness.act(plan, 'approve', once);
    await nextRun(plan);
    const view = await harness.until(plan, ({ state }) => state === 'needs-you');
    expect(view.needsYou).toMatchObject({ since: before.needsYou?.since, gate: { approved: ['ann'] } });
    expect(view.route.canary).toBe(20);
    expect(await harness.act(plan, 'approve', once)).toEqual(answer);
    await harness.act(plan, 'approve', as('bob'));
    expect((await result(plan)).outcome?.kind).toBe('promoted');
    expect(world.notices.filter(({ topic }) => topic === 'needs-you')).toHaveLength(1);
  });

  test('with a pause and its limit', async () => {
    const pause = { limitMs: 3_600_000, onLimit: 'abort' } as const;
    const plan = planFor('long-pause', { mirror: undefined, pause });
    world.stuck.add('checkInterval live');
    await harness.offer(offerFor(plan));
    await harness.until(plan, ({ route }) => route.canary === 20);
    await harness.act(plan, 'pause', as('ann'));
    world.stuck.clear();
    await nextRun(plan);
    expect(await harness.view(plan)).toMatchObject({
      state: 'paused',
      paused: { by: 'ann · cli' },
      route: { canary: 20 },
    });
    await harness.act(plan, 'resume');
    expect((await result(plan)).outcome?.kind).toBe('promoted');
  });

  test('with hours that are over, which a person may still open', async () => {
    world.windows = [{ open: true }, { open: true }, ...Array.from({ length: 5 }, closed)];
    const freezes: Plan['freezes'] = [{ from: '2026-12-20', to: '2027-01-02', zone: 'UTC' }];
    const plan = planFor('long-freeze', { mirror: undefined, freezes });
    await harness.offer(offerFor(plan));
    await harness.until(plan, (seen) => seen.closed !== undefined);
    await nextRun(plan);
    expect(await harness.until(plan, (seen) => seen.closed !== undefined)).toMatchObject({ route: { canary: 20 } });
    world.windows = [];
    await harness.act(plan, 'approve', as('ann'));
    expect((await result(plan)).outcome?.kind).toBe('promoted');
  });

  test('and the guard of the new run still aborts', async () => {
    const plan = planFor('long-guard', { mirror: undefined });
    world.stuck.add('checkInterval live');
    await harness.offer(offerFor(plan));
    await harness.until(plan, ({ route }) => route.canary === 20);
    await harness.act(plan, 'pause', as('ann'));
    world.stuck.clear();
    await nextRun(plan);
    world.verdicts = Array(5).fill('fail');
    expect((await result(plan)).outcome).toMatchObject({ kind: 'failed', step: 10 });
    expect(world.route).toMatchObject({ primary: 100, canary: 0 });
  });
});

describe('goes on in a new run with a question to a person', () => {
  const CHANGE = 'VirtualService demo/reviews: primary 50 %, canary 50 %; last changed by kubectl-edit';

  /** Why the rollout asks, and what going on does then. */
  interface Question {
    ask: (world: FakeWorld) => void;
    retry: string;
    next: string[];
  }
  const questions: Record<string, Question> = {
    'that a write cannot be made': {
      ask: ({ failures }) => failures.set('scaleCanary', [ApplicationFailure.nonRetryable('quota exceeded')]),
      retry: 'tries it again',
      next: ['scaleCanary 2'],
    },
    "about somebody else's change, seen at a write": {
      ask: ({ drift }) => drift.push(CHANGE),
      retry: 'writes primary 80 %, canary 20 % over it',
      next: ['route 80/20', 'route 60/40'],
    },
    "about somebody else's change, seen by an interval": {
      ask: ({ foreignChange }) => foreignChange.push(CHANGE),
      retry: 'writes primary 80 %, canary 20 % over it',
      next: ['route 80/20', 'scaleCanary 2'],
    },
    'about a write that is changed on its way': {
      ask: ({ notTaken }) => notTaken.push(CHANGE),
      retry: 'tries it again',
      next: ['route 60/40'],
    },
    'about a primary that does not come up': {
      ask: ({ ready }) => ready.set('primary', [{ ready: false, replicas: 0, sentence: 'no pod is ready' }]),
      retry: 'writes it again and waits for it again',
      next: ['upgradePrimary 3', 'awaitReady primary 3', 'boundAutoscaler primary 3-10'],
    },
  };

  test.each(Object.entries(questions))('%s: nothing is done before the answer', async (_what, question) => {
    const plan = planFor('long-question', { mirror: undefined, shift: { weights: [20, 40, 100], everyMs: 20 } });
    world.stuck.add('checkInterval live');
    await harness.offer(offerFor(plan));
    await harness.until(plan, ({ route }) => route.canary === 20);
    question.ask(world);
    world.stuck.clear();
    const asked = await harness.until(plan, ({ needsYou }) => needsYou !== undefined);
    expect(asked.needsYou?.answers.retry).toBe(question.retry);
    await nextRun(plan);
    const again = await harness.until(plan, ({ state }) => state === 'needs-you');
    expect(again.needsYou).toEqual(asked.needsYou);
    const before = steps().length;
    await harness.answer(plan);
    expect((await result(plan)).outcome?.kind).toBe('promoted');
    expect(steps().slice(before, before + question.next.length)).toEqual(question.next);
    expect(world.notices.filter(({ topic }) => topic === 'needs-you')).toHaveLength(1);
  });

  test('an abort in the new run goes back', async () => {
    const plan = planFor('long-abort', { mirror: undefined });
    world.ready.set('primary', [{ ready: false, replicas: 0, sentence: 'no pod is ready' }]);
    await harness.offer(offerFor(plan));
    await harness.until(plan, ({ needsYou }) => needsYou !== undefined);
    await nextRun(plan);
    await harness.until(plan, ({ state }) => state === 'needs-you');
    await harness.act(plan, 'abort');
    expect((await result(plan)).outcome?.kind).toBe('aborted');
    expect(world).toMatchObject({ primary: 'old', route: { primary: 100, canary: 0 } });
  });

  /** What was done, without the intervals that go on beside a question. */
  function steps(): string[] {
    return world.names().filter((name) => name !== 'checkInterval live' && !name.startsWith('awaitChange'));
  }
});

/** Where the server begins to warn. Source: docs.temporal.io, "Workflow Execution limits". */
const WARNING = { events: 10_240, bytes: 10 * 1024 * 1024 };
/** `INTERVALS=1000` is the measured figure. */
const INTERVALS = Number(process.env.INTERVALS ?? 30);

test(`${INTERVALS} intervals stay under the size at which the server warns`, { timeout: 600_000 }, async () => {
  // about what an interval of two checks answers
  world.bulk = 400;
  const plan = planFor('many', { mirror: { percent: 100, everyMs: 1, iterations: INTERVALS } });
  await harness.offer(offerFor(plan));
  const view = await result(plan);
  expect(view.outcome?.kind).toBe('promoted');
  expect(view.mirror?.passed).toBe(INTERVALS);
  const sizes = await sizesOf(plan);
  console.info(`${INTERVALS} intervals: ${JSON.stringify(sizes)}`);
  for (const { events, bytes } of sizes) {
    expect(events).toBeLessThan(WARNING.events);
    expect(bytes).toBeLessThan(WARNING.bytes);
  }
});

/** Of every run, once the server's list has them. */
async function sizesOf(plan: Plan): Promise<{ events: number; bytes: number }[]> {
  const query = `WorkflowId = '${harness.handle(plan).workflowId}' AND ExecutionStatus != 'Running'`;
  const look = async () => {
    const sizes = [];
    for await (const { historyLength: events, historySize: bytes = 0 } of harness.client.workflow.list({ query }))
      sizes.push({ events, bytes });
    return sizes;
  };
  await expect.poll(async () => (await look()).length, { timeout: 10_000 }).toBeGreaterThan(0);
  return look();
}
