/** What Slack is told over minutes and days that pass at once. */
import { afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import type { RolloutView } from '../../src/contract/view.ts';
import { noFile } from '../../src/installation/index.ts';
import { CHANNEL, ScriptedSlack } from '../support/slack/scripted-slack.ts';
import { promotedView, runningView } from '../support/views.ts';
import { NoticesWorld, question } from './notices-world.ts';
import { Sandboxes } from './sandboxes.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

let sandboxes: Sandboxes;
let world: NoticesWorld;
let slack: ScriptedSlack;

beforeAll(async () => {
  sandboxes = await Sandboxes.load();
});

beforeEach(async () => {
  world = new NoticesWorld(sandboxes);
  slack = await new ScriptedSlack().open();
  process.env.MODEL_SLACK_TOKEN = slack.token;
  const token = { env: 'MODEL_SLACK_TOKEN' };
  const notificationTargets = [{ name: 'releases', plans: ['demo/*'], slack: { channel: CHANNEL, token } }];
  const known = { ...noFile().known, notificationTargets, slack: { address: slack.api } };
  world.slack = { installation: { known, current: async () => known } };
  world.notify = [{ slack: { target: 'releases' } }];
});

afterEach(async () => {
  await world.close();
  slack.close();
});

function of(i: number, view: RolloutView = runningView()): RolloutView {
  return { ...view, rollout: `reviews-${i}`, startedBy: { ...view.startedBy, delivery: `ci/${i}` } };
}

const over = (i: number) => of(i, { ...promotedView(), endedAt: world.now });

const shows = (view: RolloutView) => {
  world.run = { runId: 'r', status: view.endedAt ? 'closed' : 'running', view, live: {} };
};

test('away for two minutes: one message, and its thread in order', async () => {
  shows(of(1));
  await world.hear(of(1, runningView({ questions: [question('reviews-1/failed/route/1', world.now)] })));
  await world.pass(MINUTE);
  expect(slack.cards).toHaveLength(1);
  slack.state = 'away';
  await world.hear(of(1), [{ id: 'reviews-1/failed/route/1', how: 'ann · slack answered retry' }]);
  await world.pass(MINUTE);
  shows(over(1));
  await world.hear(over(1), [], true);
  await world.pass(MINUTE);
  expect(await world.untold()).toMatchObject([
    { to: ['releases'], messages: 2, reason: expect.stringContaining('Slack') },
  ]);
  slack.state = 'well';
  await world.pass(5 * MINUTE);
  expect(slack.cards.map(({ text }) => text)).toEqual([expect.stringMatching(/^Promoted: /)]);
  const told = slack.messages
    .at(-1)
    ?.blocks.map(({ text }) => text?.text)
    .join('\n');
  expect(told).toMatch(/answered retry[\s\S]*Promoted: /);
  expect(world.engine.running).toBe(false);
});

test('away for twenty hours and thirty rollouts: each is one message, none has buttons left', async () => {
  slack.state = 'away';
  for (let i = 1; i <= 30; i += 1) {
    shows(of(i));
    await world.hear(of(i, runningView({ questions: [question(`reviews-${i}/failed/route/1`, world.now)] })));
    await world.pass(20 * MINUTE);
    shows(over(i));
    await world.hear(over(i), [], true);
    await world.pass(20 * MINUTE);
  }
  expect(Math.max(...world.sizes)).toBeLessThan(20_000);
  slack.state = 'well';
  await world.pass(HOUR);
  expect(slack.cards).toHaveLength(30);
  expect(slack.cards.every((card) => slack.buttons(card).length === 0)).toBe(true);
  expect(slack.refused).toEqual([]);
  expect(world.engine.running).toBe(false);
});

test('away for longer than a day: it is given up, and that is said', async () => {
  slack.state = 'away';
  shows(over(1));
  await world.hear(over(1), [], true);
  await world.pass(23 * HOUR);
  expect(world.engine.running).toBe(true);
  await world.pass(3 * HOUR);
  expect(world.engine.completed?.result).toMatchObject([{ to: ['releases'], messages: 1 }]);
  expect(world.engine.completed?.result).not.toMatchObject([{ until: expect.anything() }]);
});

test('silence that Slack asks for is kept, and looks become rare when nothing changes', async () => {
  shows(of(1));
  slack.limit = { calls: 1, seconds: 600 };
  await world.hear(of(1, runningView({ questions: [question('reviews-1/failed/route/1', world.now)] })));
  await world.pass(9 * MINUTE);
  expect(slack.calls).toBe(1);
  await world.pass(2 * MINUTE);
  expect(slack.cards).toHaveLength(1);
  const looks = world.sizes.length;
  await world.pass(2 * HOUR);
  expect(world.sizes.length - looks).toBeLessThan(70);
  expect(slack.cards[0]?.updates).toBe(0);
});
