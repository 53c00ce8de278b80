/** What people are told, over hours and days that pass at once. */
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { failedView, promotedView } from '../support/views.ts';
import { NoticesWorld, question } from './notices-world.ts';
import { Sandboxes } from './sandboxes.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

let sandboxes: Sandboxes;
let world: NoticesWorld;

beforeAll(async () => {
  sandboxes = await Sandboxes.load();
});

beforeEach(async () => {
  world = new NoticesWorld(sandboxes);
  await world.open();
});

afterEach(() => world.close());

/** The i-th of many rollouts that end. */
function ended(i: number, at: string) {
  const view = i % 2 === 0 ? promotedView() : failedView();
  return { ...view, rollout: `reviews-${i}`, startedAt: at, endedAt: at };
}

describe('a mail server that is away for six hours, 200 notices', () => {
  test('they arrive as one digest, in order, with their times', async () => {
    world.to = ['team@example.com', 'ops@example.com'];
    await world.hear(ended(0, world.now), [], true);
    await world.pass(MINUTE);
    expect(world.arrived.map(({ reason, to }) => [reason, to])).toEqual([['promoted', world.to]]);
    expect(world.engine.running).toBe(false);
    await world.away();
    const times: string[] = [];
    for (let i = 1; i <= 200; i += 1) {
      times.push(world.now);
      await world.hear(ended(i, world.now), [], true);
      await world.pass((6 * HOUR) / 200);
    }
    expect(world.arrived).toHaveLength(1);
    expect(await world.untold()).toMatchObject([
      { to: world.to, everybody: true, messages: 200, reason: expect.stringContaining('ECONNREFUSED') },
    ]);
    await world.open();
    const back = world.agenda.now;
    await world.pass(HOUR);
    expect(world.arrived.slice(1).map(({ reason, to }) => [reason, to])).toEqual([['digest', world.to]]);
    const digest = world.arrived[1];
    const lines = digest?.text.split('\n').filter((line) => line.includes(' reviews-')) ?? [];
    expect(lines.map((line) => /(\S+Z) (reviews-\d+) /.exec(line)?.slice(1))).toEqual(
      times.map((at, index) => [at.replace(/\.\d+Z/, 'Z'), `reviews-${index + 1}`]),
    );
    expect((digest?.at ?? 0) - back).toBeLessThanOrEqual(15 * MINUTE);
    // a line each, never 200 whole views
    expect(Math.max(...world.sizes)).toBeLessThan(200 * 300);
    expect(world.engine.running).toBe(false);
    console.log(
      `${world.sizes.length} tries, inputs of ${Math.max(...world.sizes)} characters at most; the digest ${((digest?.at ?? 0) - back) / MINUTE} minutes after`,
    );
    if (process.env.SHOW_MAIL) console.log(digest?.raw);
  });
});

describe('W19: nobody could be told', () => {
  test('a question outlives an outage of hours, and people learn of it; silence is said meanwhile', async () => {
    await world.away();
    const since = world.now;
    await world.hear({ questions: [question('reviews-7/failed/route/1', since)] });
    await world.pass(3 * HOUR);
    expect(world.arrived).toEqual([]);
    expect(await world.untold()).toMatchObject([
      { everybody: true, since: expect.stringMatching(/^2026-11-23T12:00/), messages: 1 },
    ]);
    await world.open();
    await world.pass(16 * MINUTE);
    expect(world.arrived.map(({ reason }) => reason)).toEqual(['needs-you']);
    expect(await world.untold()).toEqual([]);
    expect(world.engine.running).toBe(true);
  });

  test('it is given up after a day, and that is said, also by the result', async () => {
    await world.away();
    const at = world.now;
    await world.hear(ended(1, at), [], true);
    await world.pass(25 * HOUR);
    const given = { to: ['team@example.com'], everybody: true, messages: 1, since: at };
    expect(world.engine.completed?.result).toEqual([{ ...given, reason: expect.stringContaining('ECONNREFUSED') }]);
    // a few at first, then four an hour
    expect(world.sizes.length).toBeLessThan(110);
  });

  test('a worker without a mail server is said', async () => {
    const mute = new NoticesWorld(sandboxes);
    await mute.open(false);
    await mute.hear(ended(1, mute.now), [], true);
    await mute.pass(MINUTE);
    expect(await mute.untold()).toMatchObject([
      { reason: expect.stringContaining('SLUICE_SMTP_URL'), until: expect.any(String) },
    ]);
    await mute.close();
  });
});

describe('recipients', () => {
  test('who cannot be reached holds up nobody; who is refused for good is given up at once', async () => {
    world.to = ['team@example.com', 'grey@example.com', 'gone@example.com'];
    world.clerk = (address) => ({ grey: 450, gone: 550 })[address.slice(0, 4)];
    await world.hear(ended(1, world.now), [], true);
    await world.pass(MINUTE);
    await world.hear(ended(2, world.now), [], true);
    await world.pass(MINUTE);
    expect(world.arrived.map(({ to, rollout }) => [to[0], rollout])).toEqual([
      ['team@example.com', 'reviews-1'],
      ['team@example.com', 'reviews-2'],
    ]);
    expect(await world.untold()).toMatchObject([
      { to: ['grey@example.com'], messages: 2, everybody: false, until: expect.any(String) },
      { to: ['gone@example.com'], messages: 2, reason: expect.stringContaining('550') },
    ]);
    world.clerk = () => undefined;
    await world.pass(HOUR);
    expect(world.arrived.slice(2).map(({ to, reason }) => [to, reason])).toEqual([[['grey@example.com'], 'digest']]);
  });

  test('a message whose answer was lost goes again as it was, whatever came after it', async () => {
    let cuts = 1;
    world.onMail = () => {
      if (cuts > 0) world.cut();
      cuts -= 1;
    };
    await world.hear(ended(1, world.now), [], true);
    await world.pass(1_000);
    await world.hear(ended(2, world.now), [], true);
    await world.hear(ended(3, world.now), [], true);
    await world.pass(MINUTE);
    const ids = world.arrived.map(({ id }) => id);
    expect(ids[1]).toBe(ids[0]);
    expect(world.arrived.map(({ reason }) => reason)).toEqual(['failed', 'failed', 'digest']);
  });
});

describe('open questions', () => {
  const id = 'reviews-7/failed/route/1';

  test('are told again after 30 minutes, then twice as long, up to a day', async () => {
    const begun = world.agenda.now;
    await world.hear({ questions: [question(id, world.now)] });
    await world.pass(5 * 24 * HOUR);
    const hours = world.arrived.map(({ at }) => Math.round((at - begun) / (MINUTE / 10)) / 600);
    expect(hours).toEqual([0, 0.5, 1.5, 3.5, 7.5, 15.5, 31.5, 55.5, 79.5, 103.5]);
    expect(new Set(world.arrived.map((mail) => mail.id)).size).toBe(world.arrived.length);
  });

  test('acknowledged: not again, and still open; an answer is told with who gave it, in the same thread', async () => {
    const asked = question(id, world.now);
    await world.hear({ questions: [asked] });
    await world.pass(10 * MINUTE);
    await world.hear({ questions: [{ ...asked, acknowledged: { by: 'ann · cli', at: world.now } }] });
    await world.pass(3 * 24 * HOUR);
    expect(world.arrived.map(({ reason }) => reason)).toEqual(['needs-you', 'acknowledged']);
    expect(world.engine.running).toBe(true);
    await world.hear({ questions: [] }, [{ id, how: 'mo · cli answered retry' }]);
    await world.pass(MINUTE);
    expect(world.engine.running).toBe(false);
    const [first, , last] = world.arrived;
    expect(last).toMatchObject({ reason: 'closed', subject: first?.subject });
    expect(last?.text).toContain('mo · cli answered retry');
    for (const { raw } of world.arrived) expect(raw).toContain('References: <local.demo.reviews-7@example.com>');
    if (process.env.SHOW_MAIL) for (const { text } of world.arrived) console.log(text);
  });

  test('closed at once and told to nobody: no message at all', async () => {
    await world.away();
    await world.hear({ questions: [question(id, world.now)] });
    await world.pass(20_000);
    await world.hear({ questions: [] }, [{ id, how: 'mo · cli answered retry' }]);
    await world.pass(1_000);
    expect(world.engine.running).toBe(false);
  });

  test('answered during an outage: the digest says so, and asks nothing', async () => {
    await world.away();
    await world.hear({ questions: [question(id, world.now)] });
    await world.pass(HOUR);
    await world.hear({ questions: [] }, [{ id, how: 'mo · cli answered retry' }]);
    await world.pass(MINUTE);
    await world.open();
    await world.pass(HOUR);
    const [digest, ...others] = world.arrived;
    expect(others).toEqual([]);
    expect(digest?.text).toMatch(/needs you: .*\(2026-11-23T13:00:00Z: mo · cli answered retry\)/);
    expect(digest?.text).toContain('nothing is asked now');
    expect(digest?.text).not.toContain('sluice retry');
  });

  test('of a rollout that is gone are closed by the news of the next one', async () => {
    await world.hear({ questions: [question(id, world.now)] });
    await world.pass(HOUR);
    await world.hear({ rollout: 'reviews-8', questions: [] });
    await world.pass(MINUTE);
    expect(world.arrived.at(-1)?.text).toContain('settled by itself');
    expect(world.engine.running).toBe(false);
  });
});

test('a long history goes on in a new run, with what is owed and asked', async () => {
  await world.away();
  await world.hear({ questions: [question('reviews-7/failed/route/1', world.now)] });
  await world.pass(MINUTE);
  world.engine.lengthenHistory();
  await world.pass(HOUR);
  expect(world.engine.runs).toBe(2);
  await world.engine.replay();
  await world.open();
  await world.pass(HOUR);
  expect(world.arrived[0]?.reason).toBe('needs-you');
});
