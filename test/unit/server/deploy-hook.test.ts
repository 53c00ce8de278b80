import { Writable } from 'node:stream';
import { pino } from 'pino';
import { beforeEach, describe, expect, it } from 'vitest';
import { noFile } from '../../../src/installation/index.ts';
import { parseSecrets, sign } from '../../../src/network/standard-webhooks.ts';
import { loadPlanText, type PlanDir } from '../../../src/plan/index.ts';
import { createApp } from '../../../src/server/app.ts';
import { FakeTemporal } from '../../support/fakes/temporal.ts';
import { changed, EXAMPLE, planOf } from '../../support/plan-text.ts';
import { senderOf } from '../../support/sender.ts';

const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const NEW_SECRET = `whsec_${Buffer.alloc(32, 9).toString('base64')}`;
const NOW = Date.parse('2026-11-21T12:00:00Z');
const IMAGE = 'registry.example.com/bookinfo/reviews:v3';

let temporal: FakeTemporal;
let lines: string[];
let plans: PlanDir;
let secrets: string[];

beforeEach(() => {
  temporal = new FakeTemporal();
  lines = [];
  plans = { plans: [{ plan: planOf(EXAMPLE), file: 'reviews.yaml' }], broken: [] };
  secrets = [SECRET];
});

function app() {
  const log = pino(new Writable({ write: (chunk, _encoding, done) => done(void lines.push(String(chunk))) }));
  const source = { current: async () => plans };
  const senders = async () => ({ senders: [senderOf(secrets)], dir: '.' });
  return createApp({
    plans: source,
    senders,
    installation: noFile(),
    temporal: temporal.client(),
    cluster: 'local',
    clock: () => NOW,
    log,
    waitMs: 50,
  });
}

interface Event {
  id?: string;
  body?: unknown;
  secret?: string;
  sentAt?: number;
  headers?: Record<string, string>;
}

function request({
  id = 'evt_1',
  body = { image: IMAGE },
  secret = SECRET,
  sentAt = NOW,
  headers = {},
}: Event = {}): Request {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const [key] = parseSecrets([secret]);
  if (!key) throw new Error('no secret');
  const signed = sign(id, new Date(sentAt), text, key);
  return new Request('http://localhost/hooks/deploy', {
    method: 'POST',
    body: text,
    headers: { 'content-type': 'application/json', ...signed, ...headers },
  });
}

async function post(event: Event = {}, to = app()): Promise<{ status: number; body: unknown; headers: Headers }> {
  const response = await to.request(request(event));
  return { status: response.status, body: await response.json(), headers: response.headers };
}

function break_(from: string, to: string) {
  const result = loadPlanText(changed([from, to]), 'broken.yaml');
  if ('plan' in result) throw new Error('the plan is not broken');
  plans.broken.push({ file: 'broken.yaml', ...result });
}

describe('POST /hooks/deploy', () => {
  it('takes a signed event and answers with its offers', async () => {
    const { status, body } = await post();
    expect(status).toBe(201);
    expect(body).toEqual({
      delivery: 'evt_1',
      offers: [{ plan: 'reviews', namespace: 'demo', status: 'started', rollout: 'reviews-7' }],
    });
    expect(temporal.started.get('delivery/ci/evt_1/demo/reviews')?.args[0]).toMatchObject({
      cluster: 'local',
      offer: { id: 'ci/evt_1', event: { source: 'ci', image: IMAGE, receivedAt: '2026-11-21T12:00:00.000Z' } },
    });
  });

  it('answers 200 when nothing begins', async () => {
    temporal.outcome = 'unchanged';
    expect((await post()).status).toBe(200);
  });

  it('answers 202 when the outcome is not known in time', async () => {
    temporal.outcome = 'never';
    const { status, body } = await post();
    expect(status).toBe(202);
    expect(body).toMatchObject({ offers: [{ plan: 'reviews', namespace: 'demo', status: 'pending' }] });
  });

  it('answers 200 and duplicate to the same delivery', async () => {
    await post();
    const { status, body } = await post({ body: JSON.stringify({ image: IMAGE }, null, 2) });
    expect(status).toBe(200);
    expect(body).toMatchObject({ offers: [{ status: 'duplicate', rollout: 'reviews-7' }] });
    expect(temporal.started.size).toBe(1);
  });

  it('names what runs as such to an offer that waits, and no rollout to its duplicate', async () => {
    temporal.outcome = 'queued';
    const [first, again] = [await post(), await post()];
    const offer = { plan: 'reviews', namespace: 'demo' };
    expect(first).toMatchObject({ status: 201 });
    expect(first.body).toEqual({ delivery: 'evt_1', offers: [{ ...offer, status: 'queued', running: 'reviews-7' }] });
    expect(again.body).toEqual({ delivery: 'evt_1', offers: [{ ...offer, status: 'duplicate' }] });
  });

  it('answers 409 to another content under the same id', async () => {
    await post();
    expect(await post({ body: { image: `${IMAGE}1` } })).toMatchObject({
      status: 409,
      body: { error: { code: 'delivery-conflict' } },
    });
  });

  it('takes the old and the new secret while one is being replaced', async () => {
    secrets = [NEW_SECRET, SECRET];
    expect((await post({ id: 'a', secret: SECRET })).status).toBe(201);
    expect((await post({ id: 'b', secret: NEW_SECRET })).status).toBe(201);
    secrets = [NEW_SECRET];
    expect((await post({ id: 'c', secret: SECRET })).status).toBe(401);
  });

  const REFUSED: [what: string, event: Event, status: number, code: string][] = [
    ['a wrong signature', { secret: NEW_SECRET }, 401, 'signature-wrong'],
    ['an old timestamp', { sentAt: NOW - 301_000 }, 401, 'timestamp-stale'],
    ['no signature', { headers: { 'webhook-signature': '' } }, 401, 'header-missing'],
    [
      'another content type',
      { headers: { 'content-type': 'application/x-www-form-urlencoded' } },
      415,
      'body-unsupported',
    ],
    ['a compressed body', { headers: { 'content-encoding': 'gzip' } }, 415, 'body-unsupported'],
    ['more than 1 MiB', { body: ' '.repeat(1024 * 1024 + 1) }, 413, 'body-too-large'],
    ['a wrong body', { body: { image: 'https://x' } }, 422, 'event-invalid'],
    ['no JSON', { body: 'image=reviews' }, 422, 'event-invalid'],
    ['an unknown image', { body: { image: 'other:v1' } }, 404, 'plan-unknown'],
    [
      'a foreign image by name',
      { body: { plan: 'demo/reviews', image: 'evil.example.com/x:v1' } },
      422,
      'image-unlisted',
    ],
    ['an unknown plan', { body: { plan: 'other' } }, 404, 'plan-unknown'],
  ];

  it.each(REFUSED)('refuses %s and starts nothing', async (_what, event, status, code) => {
    expect(await post(event)).toMatchObject({
      status,
      body: { error: { code, message: expect.any(String), remedy: expect.any(String) } },
    });
    expect(temporal.started.size).toBe(0);
  });

  it('names the known plans when none matches', async () => {
    expect(await post({ body: { image: 'other:v1' } })).toMatchObject({
      body: { error: { message: 'no plan lists the image other', remedy: 'known plans: demo/reviews' } },
    });
  });

  it('names the fields that are wrong', async () => {
    expect(await post({ body: { plan: 'reviews', by: 'a\nb' } })).toMatchObject({
      body: { error: { problems: [{ path: 'by' }] } },
    });
  });

  it('answers 503 with Retry-After when Temporal is away', async () => {
    temporal.reachable = false;
    const { status, body, headers } = await post();
    expect([status, headers.get('retry-after')]).toEqual([503, '5']);
    expect(body).toMatchObject({ error: { code: 'temporal-unreachable' } });
  });

  it('answers 422 where Temporal will never take the plan, and starts the others', async () => {
    temporal.tooLarge = ['reviews'];
    expect(await post()).toMatchObject({ status: 422, body: { error: { code: 'plan-too-large' } } });
    plans.plans.push({ plan: { ...planOf(EXAMPLE), name: 'ratings' }, file: 'ratings.yaml' });
    expect(await post({ id: 'evt_2' })).toMatchObject({
      status: 201,
      body: {
        offers: [
          { plan: 'reviews', status: 'rejected' },
          { plan: 'ratings', status: 'started' },
        ],
      },
    });
  });

  it('answers 429 to the 101st event at one time, and goes on afterwards', async () => {
    let open = () => {};
    temporal.gate = new Promise((resolve) => {
      open = resolve;
    });
    const to = app();
    const waiting = Array.from({ length: 100 }, (_, n) => post({ id: `evt_${n}` }, to));
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(await post({ id: 'late' }, to)).toMatchObject({ status: 429, body: { error: { code: 'busy' } } });
    open();
    expect((await Promise.all(waiting)).every(({ status }) => status === 201)).toBe(true);
    expect((await post({ id: 'late' }, to)).status).toBe(201);
  });
});

describe('a broken plan', () => {
  it('is named, with its problems, in the answer to its event', async () => {
    break_('name: reviews, namespace', 'nam: reviews, namespace');
    break_('[20, 40, 60, 80, 100]', '[20, 10]');
    plans.plans = [];
    expect(await post({ body: { plan: 'reviews' } })).toMatchObject({
      status: 422,
      body: {
        error: {
          code: 'plan-broken',
          problems: [
            { path: 'broken.yaml:28:26 spec.shift.weights[1]' },
            { path: 'broken.yaml:28:26 spec.shift.weights[1]' },
          ],
        },
      },
    });
  });

  it('does not keep other plans from the event', async () => {
    break_('metadata: { name: reviews', 'metadata: { name: ratings, extra: 1');
    const { status, body } = await post();
    expect(status).toBe(201);
    expect(body).toMatchObject({
      offers: [
        { plan: 'reviews', status: 'started' },
        { plan: 'ratings', namespace: 'demo', status: 'rejected', reason: 'the plan in broken.yaml cannot be used' },
      ],
    });
  });

  it('whose aliases make it too large is named, and keeps no other plan from the event', async () => {
    const anchors = Array.from({ length: 40 }, (_, n) => `  note${n}: ${n === 0 ? `&a "${'x'.repeat(9_000)}"` : '*a'}`);
    const result = loadPlanText(
      `${changed(['name: reviews,', 'name: large,'])}\n${anchors.join('\n')}\n`,
      'large.yaml',
    );
    if ('plan' in result) throw new Error('the plan is not broken');
    expect(result.problems).toMatchObject([
      { message: 'with its aliases written out the file is larger than 256 KiB' },
    ]);
    plans.broken.push({ file: 'large.yaml', ...result });
    const { status, body } = await post();
    expect(status).toBe(201);
    expect(body).toMatchObject({ offers: [{ status: 'started' }, { plan: 'large', status: 'rejected' }] });
  });

  it('that does not tell its name is mentioned when no plan matches', async () => {
    plans = { plans: [], broken: [{ file: 'x.yaml', problems: [], claims: { images: [] } }] };
    expect(await post()).toMatchObject({ body: { error: { remedy: 'known plans: none; not readable: x.yaml' } } });
  });
});

describe('the other routes', () => {
  it.each(['/healthz', '/readyz'])('do not tell everybody %s', async (path) => {
    expect((await app().request(path)).status).toBe(404);
  });

  it('answer JSON with safe headers', async () => {
    const response = await app().request('/nothing?<script>');
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({ error: { code: 'no-route' } });
    expect(response.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(response.headers.get('x-request-id')).toMatch(/^[\w-]{36}$/);
  });
});

describe('the log', () => {
  it('has one line per request, without body, secret or signature', async () => {
    await post({ body: { image: IMAGE, reason: 'the-reason' }, headers: { 'x-request-id': 'req-1' } });
    await post({ id: 'evt_2', secret: NEW_SECRET });
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      {
        requestId: 'req-1',
        method: 'POST',
        path: '/hooks/deploy',
        status: 201,
        delivery: 'evt_1',
        offers: ['demo/reviews: started'],
      },
      { status: 401, error: 'signature-wrong' },
    ]);
    for (const secret of ['the-reason', 'whsec_', SECRET.slice(6), 'v1,']) expect(lines.join('')).not.toContain(secret);
  });
});
