import { createHmac } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { escapeSlack } from '../../../src/notify/slack/text.ts';
import { answerLater } from '../../../src/server/slack/answer-later.ts';
import { readCommand, readText } from '../../../src/server/slack/command.ts';
import { slackApp } from '../../../src/server/slack/index.ts';
import { proveSlack } from '../../../src/server/slack/signature.ts';
import { everybody } from '../../../src/server/slack/text.ts';
import { whoIs } from '../../../src/server/slack/user.ts';

/** The example of Slack's documentation. */
const SECRET = '8f742231b10e8888abcd99yyyzzz85a5';
const TIMESTAMP = 1_531_420_618;

function check(body: string, signature: string, now = TIMESTAMP * 1000, timestamp = String(TIMESTAMP)) {
  const headers: Record<string, string> = { 'x-slack-signature': signature, 'x-slack-request-timestamp': timestamp };
  const proof = proveSlack((name) => headers[name], SECRET, now);
  if (!proof.ok) return { ok: false, code: proof.code };
  return proof.fits(Buffer.from(body)) ? { ok: true } : { ok: false, code: 'signature-wrong' };
}

describe('the signature of a request', () => {
  const body = 'command=%2Frollout&text=abort+shop&user_id=U2CERLKJA&team_id=T1DC2JH3J';
  const good = 'v0=fab34efa0926022081e448c73a498fea0e2c8a4203f07c9b2d91f6eaa6ae89d7';

  it('is that of the raw body', () => {
    expect(check(body, good)).toEqual({ ok: true });
    expect(check('', 'v0=55f41ec73231010289b54e669149ea021fccab11b5524355523533ce930cb739')).toEqual({ ok: true });
    expect(check(`${body}&`, good)).toMatchObject({ code: 'signature-wrong' });
    expect(check(body, good.replace('fa', 'fb'))).toMatchObject({ code: 'signature-wrong' });
  });

  it('may be missing', () => expect(check(body, '')).toMatchObject({ code: 'header-missing' }));

  it.each(['v0=', `v1=${'0'.repeat(64)}`, `v0=${'0'.repeat(63)}`, `v0=${'G'.repeat(64)}`])('%j is none', (text) =>
    expect(check(body, text)).toMatchObject({ code: 'header-invalid' }),
  );

  it('is good for five minutes, either way', () => {
    for (const seconds of [-300, 300]) expect(check(body, good, (TIMESTAMP + seconds) * 1000)).toEqual({ ok: true });
    for (const seconds of [-301, 301])
      expect(check(body, good, (TIMESTAMP + seconds) * 1000)).toMatchObject({ code: 'timestamp-stale' });
    const odd = createHmac('sha256', SECRET).update(`v0:1e9:${body}`).digest('hex');
    expect(check(body, `v0=${odd}`, 1e12, '1e9')).toMatchObject({ code: 'header-invalid' });
  });
});

it('is looked at before the body: nothing is read of who signs wrongly', async () => {
  const app = slackApp({ slack: {} } as never, SECRET);
  app.onError((error, c) => c.text(String(error), 401));
  let pulled = 0;
  const pull = (stream: ReadableStreamDefaultController) => {
    pulled += 1;
    stream.close();
  };
  const body = new ReadableStream({ pull }, { highWaterMark: 0 });
  const headers = {
    'x-slack-signature': `v0=${'0'.repeat(64)}`,
    'x-slack-request-timestamp': '1531420618',
    'content-length': '10',
  };
  const answer = await app.request('/commands', { method: 'POST', body, headers, duplex: 'half' } as RequestInit);
  expect([answer.status, pulled]).toEqual([401, 0]);
});

describe('a slash command', () => {
  const read = (fields: Record<string, string>) => readCommand(fields);
  const fields = {
    command: '/sluice',
    team_id: 'T1',
    user_id: 'U1',
    text: 'status a &amp;lt; &lt;b&gt;',
    trigger_id: '1.2',
  };

  it('has people by their ids, and text as it was typed', () => {
    expect(read(fields)).toMatchObject({ team: 'T1', user: 'U1', text: 'status a &lt; <b>' });
    expect(read({ ...fields, user_id: 'ann' })).toBeUndefined();
    expect(read({ team_id: 'T1', user_id: 'U1' })).toBeUndefined();
  });

  it('has one id however often Slack sends it', () => {
    expect(read({ ...fields, x: 'retry' })?.id).toBe(read(fields)?.id);
    expect(read({ ...fields, trigger_id: '1.3' })?.id).not.toBe(read(fields)?.id);
  });

  it.each([
    [
      'pause demo/reviews  high  latency',
      { verb: 'pause', namespace: 'demo', plan: 'reviews', reason: 'high latency' },
    ],
    ['status reviews', { verb: 'status', plan: 'reviews' }],
    ['retry reviews please', { verb: 'retry', plan: 'reviews', reason: 'please' }],
    [
      'answer demo/reviews evidence/20 %/1 retry more of it',
      {
        verb: 'answer',
        namespace: 'demo',
        plan: 'reviews',
        question: 'evidence/20 %/1',
        answer: 'retry',
        reason: 'more of it',
      },
    ],
    ['ABORT Demo/Reviews NOW', { verb: 'abort', namespace: 'demo', plan: 'reviews', reason: 'NOW' }],
    ['Answer reviews route/x Retry', { verb: 'answer', plan: 'reviews', question: 'route/x', answer: 'retry' }],
    ['acknowledge reviews evidence/20 %/1', { verb: 'acknowledge', plan: 'reviews', question: 'evidence/20 %/1' }],
    ['answer reviews refused/route maybe', { help: expect.stringContaining('answer wants a question and an answer') }],
    ['answer reviews retry', { help: expect.stringContaining('a question and retry|') }],
    ['acknowledge reviews', { help: expect.stringContaining('acknowledge wants a question') }],
    ['', { help: expect.stringContaining('/sluice status|pause') }],
    ['delete reviews', { help: expect.stringContaining('“delete” is not known here') }],
    ['pause', { help: expect.stringContaining('The plan is missing') }],
    ['pause ../etc', { help: expect.stringContaining('This is no name of a plan') }],
  ])('%j', (text, asked) => expect(readText(text)).toEqual(asked));
});

describe('a person', () => {
  const grants = { groups: [], oidc: [], tokens: [], may: [] };
  const people = [
    { name: 'ann', slack: [{ team: 'T1', user: 'U1' }], ...grants },
    { name: 'bob', slack: [{ enterprise: 'E1', user: 'U2' }], ...grants },
    { name: 'cy', slack: [{ enterprise: 'E1', team: 'T1', user: 'U3' }], ...grants },
    { name: 'dee', slack: [{ team: 'T2', user: 'U2' }], ...grants },
  ];
  it.each([
    [{ team: 'T1', user: 'U1' }, 'ann'],
    [{ enterprise: 'E9', team: 'T1', user: 'U1' }, 'ann'],
    [{ team: 'T2', user: 'U1' }, undefined],
    [{ enterprise: 'E1', team: 'T7', user: 'U2' }, 'bob'],
    [{ team: 'T7', user: 'U2' }, undefined],
    [{ enterprise: 'E1', team: 'T2', user: 'U2' }, undefined],
    [{ enterprise: 'E1', team: 'T1', user: 'U3' }, 'cy'],
    [{ team: 'T1', user: 'U3' }, undefined],
  ])('with %j is %s', (ids, name) => expect(whoIs({ id: '', ...ids }, people)?.person.name).toBe(name));
});

describe('texts', () => {
  it('call nobody and mark nothing up', () => {
    expect(escapeSlack('<!channel> & <@U1> <https://evil.example|here>')).toBe(
      '&lt;!channel&gt; &amp; &lt;@U1&gt; &lt;https://evil.example|here&gt;',
    );
    expect(everybody('<'.repeat(5_000)).text).toBe('&lt;'.repeat(2_500));
  });
});

describe('a later answer', () => {
  it('goes to Slack or an address that was allowed, without following it elsewhere', async () => {
    const got: string[] = [];
    const server = createServer((request, response) => {
      got.push(request.url ?? '');
      response.writeHead(307, { location: '/elsewhere' }).end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const lines: string[] = [];
    const log = pino({}, { write: (line: string) => void lines.push(line) });
    await answerLater({ slack: {}, log }, `${origin}/secret-path`, {});
    expect(got).toEqual([]);
    const slack = { answerOrigins: [origin] };
    await answerLater({ slack, log }, `${origin}/secret-path`, { text: 'done' });
    await answerLater({ slack, log }, undefined, {});
    expect(got).toEqual(['/secret-path']);
    expect(lines.join()).not.toContain('secret-path');
    expect(lines.join()).toContain('Slack refused a later answer');
    server.close();
  });
});
