/** Slash commands as Slack sends them, against a real server process and a running rollout. */

import { createHmac, randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { verifyActor } from '../../src/activities/verify-actor.ts';
import { devSender } from '../../src/cli/commands/shared/dev-sender.ts';
import type { Action } from '../../src/contract/action.ts';
import type { Plan } from '../../src/contract/plan.ts';
import type { RolloutView } from '../../src/contract/view.ts';
import { type RunningServer, startServer } from '../../src/server/main.ts';
import { temporalConfig } from '../../src/temporal/config.ts';
import { offerFor, planFor } from '../support/plan.ts';
import { EXAMPLE } from '../support/plan-text.ts';
import { type Harness, startHarness, temporalAddress } from '../support/workflow/harness.ts';
import { FakeWorld } from '../support/workflow/world.ts';

const SECRET = randomBytes(16).toString('hex');
const PEOPLE = `people:
  - { team: T1, user: U1, name: ann, may: [status, pause, resume, abort, approve, reject, retry, answer, acknowledge] }
  - { team: T1, user: U2, name: bob, may: [status] }
`;

let world: FakeWorld;
let harness: Harness;
let server: RunningServer;
let later: Server;
let messages: { text: string }[];
let folder: string;

beforeEach(async () => {
  world = new FakeWorld();
  const control = { ...world.control(), verifyActor: (action: Action) => verifyActor('key', action) };
  world.control = () => control;
  harness = await startHarness(world);
  messages = [];
  later = createServer(async (request, response) => {
    messages.push(JSON.parse(await text(request)));
    response.end();
  });
  await new Promise<void>((resolve) => later.listen(0, '127.0.0.1', resolve));
  folder = await mkdtemp(join(tmpdir(), 'sluice-slack-'));
  await writeFile(join(folder, 'reviews.yaml'), EXAMPLE);
  const slackPeople = join(folder, 'people.yml.txt');
  await writeFile(slackPeople, PEOPLE);
  server = await startServer({
    plansDir: folder,
    port: 0,
    ownSender: (await devSender(folder)).sender,
    temporal: temporalConfig({ address: temporalAddress() }),
    cluster: harness.cluster,
    slackPeople,
    slackSecret: SECRET,
    actorKey: 'key',
    slackAnswerOrigins: [laterOrigin()],
    log: pino({ level: 'silent' }),
  });
});

afterEach(async () => {
  await server.close();
  later.close();
  await harness.close();
  await rm(folder, { recursive: true });
});

const laterOrigin = () => `http://127.0.0.1:${(later.address() as AddressInfo).port}`;

interface Sent {
  user?: string;
  trigger?: string;
  /** Seconds by which the request is older than now. */
  age?: number;
  secret?: string;
}

/** As Slack does. @returns status, text and how long it took, ms */
async function slash(command: string, { user = 'U1', trigger = randomUUID(), age = 0, secret = SECRET }: Sent = {}) {
  const body = String(
    new URLSearchParams({
      command: '/sluice',
      team_id: 'T1',
      user_id: user,
      text: command,
      trigger_id: trigger,
      response_url: `${laterOrigin()}/answer`,
    }),
  );
  const timestamp = String(Math.floor(Date.now() / 1000) - age);
  const signature = createHmac('sha256', secret).update(`v0:${timestamp}:${body}`).digest('hex');
  const began = performance.now();
  const response = await fetch(`http://127.0.0.1:${server.port}/slack/commands`, {
    method: 'POST',
    body,
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      'x-slack-request-timestamp': timestamp,
      'x-slack-signature': `v0=${signature}`,
    },
  });
  const answer = (await response.json()) as { text?: string; response_type?: string };
  return { status: response.status, ms: performance.now() - began, ...answer };
}

async function running(name: string): Promise<Plan> {
  const plan = planFor(name, { mirror: undefined });
  world.stuck.add('checkInterval live');
  await harness.offer(offerFor(plan));
  await harness.until(plan, ({ route }) => route.canary === 20);
  return plan;
}

describe('a slash command', () => {
  test('shows, pauses and aborts within three seconds, as the person it is', async () => {
    const plan = await running('slack');
    const status = await slash('status demo/slack');
    expect(status).toMatchObject({ status: 200, response_type: 'ephemeral' });
    expect(status.text).toMatch(/^Running demo\/slack .*\n.*\nprimary 80 %, canary 20 %/);
    const paused = await slash('pause demo/slack looking &lt;!channel&gt; at it');
    expect(paused).toMatchObject({ status: 200, response_type: 'in_channel' });
    expect(paused.text).toMatch(
      /^ann: pause demo\/slack \(looking &lt;!channel&gt; at it\)\. Paused: nothing advances\./,
    );
    expect((await slash('approve demo/slack')).text).toMatch(/^approve demo\/slack refused: .*wait for an approval/);
    const aborted = await slash('abort demo/slack');
    expect(aborted.text).toMatch(/^ann: abort demo\/slack\. Going back: all live traffic to the primary at once/);
    expect(Math.max(paused.ms, aborted.ms)).toBeLessThan(3_000);
    console.info(`answer times: pause ${Math.round(paused.ms)} ms, abort ${Math.round(aborted.ms)} ms`);
    const view: RolloutView = await harness.handle(plan).result();
    expect(view.outcome?.reason).toMatch(/^Aborted by ann · slack/);
    expect((await slash('abort demo/slack')).text).toMatch(/^Nothing to abort: the rollout is over/);
    expect((await slash('status demo/nobody')).text).toMatch(/^Nothing was ever rolled out for demo\/nobody/);
  });

  test('that is forged, stale, from the future, or of somebody who may not, changes nothing', async () => {
    const plan = await running('slack-wrong');
    expect((await slash('abort demo/slack-wrong', { secret: 'forged' })).status).toBe(401);
    expect((await slash('abort demo/slack-wrong', { age: 301 })).status).toBe(401);
    expect((await slash('abort demo/slack-wrong', { age: -302 })).status).toBe(401);
    expect((await slash('abort demo/slack-wrong', { user: 'U2' })).text).toMatch(/^You may not abort from Slack/);
    expect((await slash('abort demo/slack-wrong', { user: 'U3' })).text).toMatch(/^You may not abort from Slack/);
    expect((await harness.view(plan)).actions).toEqual([]);
    await harness.act(plan, 'abort');
    await harness.handle(plan).result();
  });

  test('that Slack sends again has one effect', async () => {
    const plan = await running('slack-twice');
    const trigger = randomUUID();
    const first = await slash('pause demo/slack-twice', { trigger });
    expect((await slash('pause demo/slack-twice', { trigger })).text).toBe(first.text);
    expect((await harness.view(plan)).actions).toHaveLength(1);
    await harness.act(plan, 'abort');
    await harness.handle(plan).result();
  });

  test('acknowledges and answers a question by a part of its id; sent again, it has one effect', async () => {
    const plan = planFor('slack-asked');
    world.verdicts = ['pass', 'pass', 'pass', 'noAnswer', 'noAnswer', 'noAnswer'];
    await harness.offer(offerFor(plan));
    const { rollout } = await harness.until(plan, ({ state }) => state === 'needs-you');
    expect((await slash('status demo/slack-asked')).text).toContain('canary/canary/1: ');
    expect((await slash('answer demo/slack-asked primary retry')).text).toMatch(
      new RegExp(`refused: .*primary is not open any more\nOpen questions: ${rollout}/canary/canary/1\\.$`),
    );
    expect((await slash('acknowledge demo/slack-asked canary/canary')).text).toContain('It is not told again');
    expect((await harness.view(plan)).questions[0]?.acknowledged?.by).toBe('ann · slack');
    const trigger = randomUUID();
    const first = await slash('answer demo/slack-asked canary/canary retry seen', { trigger });
    expect(first.text).toMatch(/^ann: answer demo\/slack-asked \(seen\)\. Waits for ready canary pods/);
    expect((await slash('answer demo/slack-asked canary/canary retry seen', { trigger })).text).toBe(first.text);
    expect((await harness.handle(plan).result()).outcome?.kind).toBe('promoted');
  });

  test('without a worker is taken at once, and its outcome follows', async () => {
    await running('slack-alone');
    await harness.close();
    const pressed = await slash('abort demo/slack-alone');
    expect(pressed.text).toBe('Taken; the outcome follows here.');
    expect(pressed.ms).toBeLessThan(3_000);
    await expect.poll(() => messages.length, { timeout: 20_000 }).toBe(1);
    expect(messages[0]?.text).toBe('ann: abort demo/slack-alone is stored; no worker confirms it yet.');
    harness = await startHarness(new FakeWorld());
  });
});
