/** The pages of a real server, loaded by name, in front of a real workflow: what a browser without a script sends and gets. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { newToken } from '../../../src/authority/index.ts';
import { VERBS } from '../../../src/contract/action.ts';
import type { Plan } from '../../../src/contract/plan.ts';
import { type Served, serve } from '../../../test/workflow/support/served.ts';
import { bundle } from '../build.ts';

const ann = newToken();
const bob = newToken();
/** Each may do one thing. */
const ones = VERBS.map((verb) => ({ verb, ...newToken() }));
const tokenOf = ({ sha256 }: { sha256: string }) => `tokens: [{ sha256: ${sha256}, expires: "2999-01-01T00:00:00Z" }]`;
const PEOPLE = `
extensions: ["@sluice/dashboard"]
people:
  - { name: ann, ${tokenOf(ann)}, may: [{ verbs: ["*"], plans: [demo/*] }] }
  - { name: bob, ${tokenOf(bob)}, may: [{ verbs: [view], plans: [demo/seen] }] }
${ones.map((one) => `  - { name: ${one.verb}s, ${tokenOf(one)}, may: [{ verbs: [view, ${one.verb}], plans: [demo/seen] }] }\n`).join('')}`;

let served: Served;
/** One address may ask so often, and no more. */
let address = '192.0.2.1';
let seen: Plan;
let hidden: Plan;

beforeAll(async () => {
  await bundle();
  served = await serve(PEOPLE, { trustedProxies: ['127.0.0.1'] });
  [seen, hidden] = [await served.running('seen'), await served.running('hidden')];
}, 120_000);
afterAll(async () => served?.close());

const pathTo = ({ namespace, name }: Plan) => `/rollouts/${served.harness.cluster}/${namespace}/${name}`;

/** @param had what the browser had before  @returns the cookie of a session */
async function logIn({ token }: { token: string }, had = ''): Promise<string> {
  const answer = await fetch(`${served.url}/login?to=/`, {
    method: 'POST',
    redirect: 'manual',
    headers: { cookie: had, origin: served.url, 'sec-fetch-site': 'same-origin', 'x-forwarded-for': address },
    body: new URLSearchParams({ token }),
  });
  expect(answer.status).toBe(303);
  return answer.headers.get('set-cookie')?.split(';')[0] ?? '';
}

async function open(path: string, cookie: string): Promise<{ status: number; text: string }> {
  const answer = await fetch(`${served.url}${path}`, {
    headers: { cookie, 'x-forwarded-for': address },
    redirect: 'manual',
  });
  return { status: answer.status, text: await answer.text() };
}

/** The first thing that a stream says. */
async function firstOf({ body }: Response): Promise<string> {
  let text = '';
  for await (const part of body ?? []) {
    text += new TextDecoder().decode(part);
    if (/\ndata: .*\n\n/.test(text)) break;
  }
  return text;
}

/** The fields of the form with this button, as the page has them. */
function fieldsOf(text: string, button: string): Record<string, string> {
  const form = text.split('<form').find((part) => part.includes(`value="${button}"`)) ?? '';
  const hidden = [...form.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)"/g)];
  return { ...Object.fromEntries(hidden.map(([, name, value]) => [name, value])), do: button };
}

function send(path: string, cookie: string, fields: Record<string, string>, origin = served.url): Promise<Response> {
  const site = origin === served.url ? 'same-origin' : 'cross-site';
  const headers = { cookie, origin, 'sec-fetch-site': site, 'x-forwarded-for': address };
  return fetch(`${served.url}${path}/actions`, {
    method: 'POST',
    redirect: 'manual',
    headers,
    body: new URLSearchParams(fields),
  });
}

test('who is not logged in comes to the login, and from there to the page', async () => {
  const answer = await fetch(`${served.url}${pathTo(seen)}`, { redirect: 'manual' });
  expect([answer.status, answer.headers.get('location')]).toEqual([
    303,
    `/login?to=${encodeURIComponent(pathTo(seen))}`,
  ]);
});

test('a page is as strict from the real server as from its own', async () => {
  const answer = await fetch(`${served.url}/`, { headers: { cookie: await logIn(ann) } });
  expect(answer.headers.get('content-security-policy')).toMatch(/^default-src 'none'; script-src 'self'/);
  const [script = ''] = (await answer.text()).match(/\/assets\/\w+-client\.js/) ?? [];
  expect((await fetch(`${served.url}${script}`)).headers.get('cache-control')).toContain('immutable');
});

test('a login takes the place of a session that was planted, whose forms do nothing any more', async () => {
  const planted = await logIn(bob);
  const { text } = await open(pathTo(seen), planted);
  const cookie = await logIn(ann, planted);
  expect(cookie).not.toBe(planted);
  const answer = await send(pathTo(seen), cookie, fieldsOf(text, 'pause'));
  expect(answer.status).toBe(403);
  expect((await open('/', cookie)).text).toContain('demo/hidden');
  expect((await open('/', planted)).text).not.toContain('demo/hidden');
});

describe('what somebody may see', () => {
  test('is in the list and on its page', async () => {
    const cookie = await logIn(bob);
    const { text } = await open('/', cookie);
    expect(text).toContain('demo/seen');
    expect(text).not.toContain('demo/hidden');
    const page = await open(pathTo(seen), cookie);
    expect(page.status).toBe(200);
    expect(page.text).toContain('20 % on the canary');
    expect(page.text).toContain('13');
  });

  test('and nothing else: the right that is missing is named', async () => {
    const { status, text } = await open(pathTo(hidden), await logIn(bob));
    expect(status).toBe(403);
    expect(text).toMatch(/bob may not view/);
  });

  test("the same by a script of the page: no list, no stream, no record of what is another one's", async () => {
    const cookie = await logIn(bob);
    const told = async (path: string) => {
      const leave = new AbortController();
      const answer = await fetch(`${served.url}/api/v1${path}`, { headers: { cookie }, signal: leave.signal });
      const isStream = answer.headers.get('content-type')?.startsWith('text/event-stream');
      const text = isStream ? await firstOf(answer) : await answer.text();
      leave.abort();
      return { status: answer.status, text };
    };
    for (const path of ['/rollouts', '/rollouts/events']) {
      const { status, text } = await told(path);
      expect([path, status, text.includes('"seen"'), text.includes('hidden')]).toEqual([path, 200, true, false]);
    }
    expect((await told(`${pathTo(seen)}/events`)).text).toContain('"seen-1"');
    const beyond = ['', '/events', '/intervals', '/audit'].map((part) => `${pathTo(hidden)}${part}`);
    for (const path of [...beyond, '/plans/demo/hidden', '/plans/demo/hidden/rollouts'])
      expect([path, (await told(path)).status]).toEqual([path, 403]);
  });

  test('seeing is not steering', async () => {
    const cookie = await logIn(bob);
    const answer = await send(pathTo(seen), cookie, fieldsOf((await open(pathTo(seen), cookie)).text, 'pause'));
    expect(answer.status).toBe(403);
    expect(await answer.text()).toMatch(/bob may not pause/);
  });
});

test.for(ones)('who may $verb alone is answered by a form as by the API, whatever they ask for', async (one) => {
  address = `198.51.${VERBS.indexOf(one.verb)}.1`;
  const cookie = await logIn(one);
  const { csrf = '' } = fieldsOf((await open(pathTo(seen), cookie)).text, 'pause');
  const headers = { authorization: `Bearer ${one.token}`, 'x-forwarded-for': address };
  const outcomes: [string, number, number][] = [];
  for (const plan of [seen, hidden])
    for (const verb of VERBS) {
      // of no rollout that there is: who may is told so, and nothing happens
      const meant = { id: crypto.randomUUID(), rollout: 'seen-99', ...(verb === 'answer' && { answer: 'retry' }) };
      const button = [verb, ...(verb === 'answer' ? ['retry'] : [])].join(' ');
      const form = await send(pathTo(plan), cookie, { ...meant, csrf, do: button, weight: '30' });
      const body = JSON.stringify({ ...meant, verb, ...(verb === 'set-weight' && { weight: 30 }) });
      const api = await fetch(`${served.url}/api/v1${pathTo(plan)}/actions`, { method: 'POST', headers, body });
      outcomes.push([`${verb} ${plan.name}`, form.status, api.status]);
    }
  const allowed = `${one.verb} seen`;
  expect(outcomes).toEqual(outcomes.map(([asked]) => (asked === allowed ? [asked, 409, 409] : [asked, 403, 403])));
  expect((await served.harness.view(seen)).actions).toEqual([]);
});

describe('a form', () => {
  test('of elsewhere, or without the proof of the session, does nothing', async () => {
    const cookie = await logIn(ann);
    const fields = fieldsOf((await open(pathTo(seen), cookie)).text, 'pause');
    expect(fields.csrf).toMatch(/^[\w-]{22}$/);
    expect((await send(pathTo(seen), cookie, fields, 'https://evil.example')).status).toBe(403);
    expect((await send(pathTo(seen), cookie, { ...fields, csrf: 'x'.repeat(22) })).status).toBe(403);
    const { csrf: _left, ...without } = fields;
    expect((await send(pathTo(seen), cookie, without)).status).toBe(403);
    expect((await served.harness.view(seen)).state).toBe('running');
  });

  test('of a rollout that is over reaches no later one', async () => {
    const cookie = await logIn(ann);
    const fields = { ...fieldsOf((await open(pathTo(seen), cookie)).text, 'pause'), rollout: 'seen-99' };
    const answer = await send(pathTo(seen), cookie, fields);
    expect(answer.status).toBe(409);
    expect(await answer.text()).toContain('it was meant for seen-99');
  });

  test.for([
    ['of another revision', { revision: 'of-before' }, 'meant for revision of-before'],
    ['of a step that is over', { do: 'promote', step: 'acceptance' }, 'meant for the step acceptance'],
    ['of a question that is over', { do: 'approve', question: 'seen-1/canary/canary/1' }, 'is not open any more'],
  ] as const)('%s does nothing', async ([, stale, why]) => {
    const cookie = await logIn(ann);
    const fields = { ...fieldsOf((await open(pathTo(seen), cookie)).text, 'pause'), ...stale };
    const answer = await send(pathTo(seen), cookie, fields);
    expect(answer.status).toBe(409);
    expect(await answer.text()).toContain(why);
    expect(await served.harness.view(seen)).toMatchObject({ state: 'running', route: { canary: 20 } });
  });

  test('pauses, by name and once, however often it is sent', async () => {
    const cookie = await logIn(ann);
    const page = await open(pathTo(seen), cookie);
    const fields: Record<string, string> = { ...fieldsOf(page.text, 'pause'), reason: 'p99 looks odd' };
    for (let times = 0; times < 2; times += 1) {
      const answer = await send(pathTo(seen), cookie, fields);
      expect([answer.status, answer.headers.get('location')]).toEqual([
        303,
        `${pathTo(seen)}?sent=pause&id=${fields.id}`,
      ]);
    }
    const { actions, paused } = await served.harness.until(seen, (view) =>
      view.actions.some(({ verified }) => verified === 'verified'),
    );
    expect(actions).toMatchObject([{ verb: 'pause', by: 'ann · web', reason: 'p99 looks odd' }]);
    expect(paused?.by).toContain('ann');
    const { text } = await open(`${pathTo(seen)}?sent=pause&id=${fields.id}`, cookie);
    expect(text).toContain('pause: the rollout has taken it.');
    expect(text).toContain('Paused by ann');
    expect(fieldsOf(text, 'resume').rollout).toBe('seen-1');
  });

  test('aborts; the history says who did', async () => {
    const cookie = await logIn(ann);
    const { text } = await open(`${pathTo(hidden)}?ask=abort`, cookie);
    expect(
      (await send(pathTo(hidden), cookie, { ...fieldsOf(text, 'abort'), reason: 'errors in the shop' })).status,
    ).toBe(303);
    await served.harness.until(hidden, ({ state }) => state === 'ended');
    await expect
      .poll(async () => (await open(`${pathTo(hidden)}/history`, cookie)).text)
      .toContain('errors in the shop');
  });
});
