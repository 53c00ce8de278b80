/** The pages as they leave the server: what a browser without a script gets. */
import { describe, expect, test } from 'vitest';
import { needsYouView, runningView } from '../../../test/support/views.ts';
import { dashboard } from '../src/dashboard.ts';
import { rolloutOf } from './support/recorded.ts';
import { CSRF, hostOf, recordedWorld, type StandInWorld } from './support/stand-in.ts';

const ASSETS = { script: '/assets/1-client.js', style: '/assets/1-style.css', files: new Map() };
const REVIEWS = '/rollouts/local/demo/reviews';

async function get(world: StandInWorld, path: string): Promise<{ status: number; text: string; headers: Headers }> {
  const answered = await dashboard(hostOf(world), ASSETS).fetch(new Request(`https://sluice.example${path}`));
  if (!answered) throw new Error('it is no path of the dashboard');
  return { status: answered.status, text: await answered.text(), headers: answered.headers };
}

function post(world: StandInWorld, fields: Record<string, string>) {
  const request = new Request(`https://sluice.example${REVIEWS}/actions`, {
    method: 'POST',
    body: new URLSearchParams(fields),
  });
  return dashboard(hostOf(world), ASSETS).fetch(request);
}

const running = () => recordedWorld([rolloutOf(runningView())]);

describe('every page', () => {
  test.for(['/', REVIEWS, `${REVIEWS}/history`, `${REVIEWS}?ask=abort`])(
    '%s has nothing inline, and a policy against it',
    async (path) => {
      const { text, headers, status } = await get(running(), path);
      expect(status).toBe(200);
      expect(headers.get('content-security-policy')).toContain(
        "default-src 'none'; script-src 'self'; style-src 'self'",
      );
      expect(headers.get('content-security-policy')).not.toContain('unsafe');
      expect(text.match(/<script(?![^>]* src=)(?![^>]*application\/json)/)).toBeNull();
      expect(text.match(/<[^>]+ (style|on\w+)=/)).toBeNull();
      expect(text).not.toContain('<style');
    },
  );

  test('whoever is not logged in is asked to, and comes back', async () => {
    const { status, headers } = await get({ ...running(), person: undefined }, `${REVIEWS}?run=1`);
    expect([status, headers.get('location')]).toEqual([303, `/login?to=${encodeURIComponent(`${REVIEWS}?run=1`)}`]);
  });

  test('a right that is missing is named', async () => {
    const body = { title: 'ann may not view demo/reviews', status: 403, remedy: 'ask for the verb view' };
    const { status, text } = await get(
      { ...running(), refusals: new Map([[REVIEWS, { status: 403, body }]]) },
      REVIEWS,
    );
    expect(status).toBe(403);
    expect(text).toContain('Not allowed');
    expect(text).toContain('ann may not view demo/reviews');
    expect(text).toContain('ask for the verb view');
  });

  test('paths of others are left to others', async () => {
    const { fetch } = dashboard(hostOf(running()), ASSETS);
    for (const path of [
      '/nothing',
      '/rollouts/local/demo',
      `${REVIEWS}/more`,
      `${REVIEWS}/history/x`,
      '/rollouts/%ff/demo/reviews',
      '/assets/2-client.js',
    ])
      expect(await fetch(new Request(`https://sluice.example${path}`))).toBeUndefined();
  });

  test('what others wrote is text, and cannot end the data that the script reads', async () => {
    const evil = `</script><img src=x onerror=alert(1)>\u202e`;
    const view = rolloutOf(
      runningView({
        sentence: evil,
        warnings: [evil],
        links: { bad: 'javascript:alert(1)', good: 'https://grafana.example/d' },
      }),
    );
    const { text } = await get(recordedWorld([view]), REVIEWS);
    expect(text).not.toContain('<img');
    expect(text).not.toContain('\u202e');
    expect(text).not.toContain('href="javascript:');
    expect(text).toContain('href="https://grafana.example/d"');
    expect(text.match(/<\/script>/g)).toHaveLength(2);
  });
});

describe('one rollout', () => {
  test('the recorded one says what became of it, and why', async () => {
    const { text } = await get(recordedWorld(), REVIEWS);
    expect(text).toContain('Failed');
    expect(text).toContain('2 failed intervals reached the limit, the last at 60 %');
    expect(text.match(/<li class="(done|failed|skipped)"/g)).toHaveLength(19);
    expect(text).toContain('limit min 99 %');
    expect(text).not.toContain('value="pause"');
  });

  test('asked stands beside seen, the mirror apart', async () => {
    const view = rolloutOf(runningView({ route: { primary: 100, canary: 0, mirror: 50 } }));
    const { text } = await get(recordedWorld([view]), REVIEWS);
    expect(text).toContain('0 % on the canary');
    expect(text).toContain('39.2 % on the canary');
    expect(text).toContain('50 %: copies only, users feel nothing; 5 of 5 intervals passed');
  });

  test('a rollout without a worker says so, and that nothing is lost', async () => {
    const { text } = await get({ ...running(), unpolled: ['sluice.local'] }, REVIEWS);
    expect(text).toContain('No Sluice worker is polling.');
    expect(text).toContain('Traffic stays at 40 % on the canary.');
    const other = await get({ ...running(), unpolled: ['sluice.eu'] }, REVIEWS);
    expect(other.text).not.toContain('No Sluice worker');
  });

  test('opened while no worker answers, it shows what is still known', async () => {
    const body = { title: 'no worker answers', remedy: 'start one', status: 503 };
    const world = { ...running(), unpolled: ['sluice.local'], refusals: new Map([[REVIEWS, { status: 503, body }]]) };
    const { status, text } = await get(world, REVIEWS);
    expect(status).toBe(503);
    expect(text).toContain('Traffic stays as it is');
    expect(text).toContain('13/19 shift');
  });

  test('a lost workflow, and an answer that is old, are said', async () => {
    const lost = rolloutOf(runningView(), {
      run: { id: 'x', status: 'lost', trouble: 'terminated', readAt: '2026-11-30T04:00:00Z' },
    });
    const { text } = await get(recordedWorld([lost]), REVIEWS);
    expect(text).toContain('The workflow of this rollout is gone');
    expect(text).toContain('2026-11-30 04:00Z');
  });

  test('a question says what each answer and silence do', async () => {
    const { text } = await get(recordedWorld([rolloutOf(needsYouView())]), REVIEWS);
    expect(text).toContain('value="answer retry"');
    expect(text).toContain('the interval at 40 % starts over');
    expect(text).toContain('No answer');
    expect(text).toContain('it waits, for as long as it takes');
  });

  test('without a script a link opens the dialog, which begins on Cancel and says what does not stop', async () => {
    const { text } = await get(running(), `${REVIEWS}?ask=abort`);
    const dialog = text.slice(
      text.indexOf('<dialog id="abort"'),
      text.indexOf('</dialog>', text.indexOf('<dialog id="abort"')),
    );
    expect(dialog).toMatch(/^<dialog id="abort" open/);
    expect(dialog).toMatch(/<a[^>]* autofocus[^>]*>Cancel</);
    expect(dialog).toContain('What does not stop');
    expect((await get(running(), REVIEWS)).text).toMatch(/<dialog id="abort" aria/);
  });
});

describe('an action', () => {
  const fields = { csrf: CSRF, id: 'f2c9b7a0-1111', rollout: 'reviews-7', revision: '77c0a1b2c3', reason: 'p99' };

  test('goes to the API with what it is meant for, and back to the page by a GET', async () => {
    const world = running();
    const answered = await post(world, { ...fields, do: 'abort', question: '' });
    const { csrf: _csrf, ...action } = fields;
    expect(world.acted).toEqual([{ path: `${REVIEWS}/actions`, csrf: CSRF, action: { ...action, verb: 'abort' } }]);
    expect([answered?.status, answered?.headers.get('location')]).toEqual([
      303,
      `${REVIEWS}?sent=abort&id=f2c9b7a0-1111`,
    ]);
  });

  test('an answer names its question', async () => {
    const world = running();
    await post(world, { ...fields, do: 'answer retry', question: 'reviews-7/canary/canary/1' });
    expect(world.acted[0]?.action).toMatchObject({
      verb: 'answer',
      answer: 'retry',
      question: 'reviews-7/canary/canary/1',
    });
  });

  test('is requested until the rollout says that it has taken it', async () => {
    const path = `${REVIEWS}?sent=abort&id=f2c9b7a0-1111`;
    expect((await get(running(), path)).text).toContain('abort is requested. It is done when this page says so.');
    const actions = [
      { id: 'ann/f2c9b7a0-1111', verb: 'abort', by: 'ann · api', at: '2026-11-21T14:05:00Z', verified: 'verified' },
    ] as const;
    const taken = recordedWorld([rolloutOf(runningView({ actions: [...actions] }))]);
    expect((await get(taken, path)).text).toContain('abort: the rollout has taken it.');
  });

  test('that is refused shows why, with its status, on the page', async () => {
    const body = { title: 'it was meant for reviews-7, but reviews-8 runs', remedy: 'look again', status: 409 };
    const world = { ...running(), refusals: new Map([[`${REVIEWS}/actions`, { status: 409, body }]]) };
    const answered = await post(world, { ...fields, do: 'abort' });
    expect(answered?.status).toBe(409);
    expect(await answered?.text()).toContain('it was meant for reviews-7, but reviews-8 runs');
  });

  test('with another name typed does nothing', async () => {
    const world = running();
    const answered = await post(world, { ...fields, do: 'abort', confirm: 'ratings' });
    expect(answered?.status).toBe(422);
    expect(world.acted).toEqual([]);
    expect((await post(world, { ...fields, do: 'abort', confirm: 'reviews' }))?.status).toBe(303);
  });
});

describe('the list', () => {
  test('begins with what needs somebody, and answers it there', async () => {
    const views = [rolloutOf(needsYouView()), rolloutOf(runningView({ plan: 'ratings', rollout: 'ratings-2' }))];
    const { text } = await get(recordedWorld(views), '/');
    expect(text.indexOf('value="answer retry"')).toBeLessThan(text.indexOf('<table class="rows"'));
    expect(text).toContain('<title>1 need you · Sluice</title>');
    expect(text).toMatch(/Needs you <strong>1</);
    expect(text).toMatch(/Running <strong>1</);
  });

  test('has its filter in the address, and says when nothing fits', async () => {
    const { text } = await get(running(), '/?state=paused&q=shop');
    expect(text).toContain('No rollouts match');
    expect(text).toContain('value="shop"');
    expect(text).toMatch(/aria-current="true"[^>]*>Paused/);
  });

  test('an empty one says what to do', async () => {
    const { text } = await get({ ...running(), rollouts: new Map() }, '/');
    expect(text).toContain('sluice run PLAN.yaml');
  });
});

test('the history counts whom it spared, and says how', async () => {
  const { text } = await get(recordedWorld(), `${REVIEWS}/history`);
  expect(text).toContain('0 of 1');
  expect(text).toMatch(/\d+ requests.*and 136 failed on canaries/);
  expect(text).toContain('it is a lower bound');
});
