import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseSecrets } from '../../../../src/network/standard-webhooks.ts';
import { eventOf } from '../../../../src/notify/webhook/event.ts';
import { sendWebhook, type WebhookTrouble } from '../../../../src/notify/webhook/send.ts';
import { noticeOf, notifyInput } from '../../../support/notices.ts';
import { promotedView } from '../../../support/views.ts';
import { WebhookReceiver } from '../../../support/webhook-receiver.ts';

const [OLD, NEW] = [1, 2].map((byte) => `whsec_${Buffer.alloc(32, byte).toString('base64')}`) as [string, string];
const EVENT = eventOf(notifyInput(promotedView(), [noticeOf(promotedView(), 'ended')]));
const HOUR_MS = 3_600_000;

let receiver: WebhookReceiver;

beforeEach(async () => {
  receiver = await new WebhookReceiver(OLD).open();
});

afterEach(() => receiver.close());

function send(secrets = [OLD], address = receiver.url, local = true): Promise<WebhookTrouble | undefined> {
  return sendWebhook({ address, keys: parseSecrets(secrets), local }, EVENT);
}

describe('a signed request', () => {
  it('is taken by the reference implementation', async () => {
    expect(await send()).toBeUndefined();
    expect(receiver.arrived).toMatchObject([
      { id: EVENT.id, contentType: 'application/cloudevents+json', event: { id: EVENT.id, type: EVENT.type } },
    ]);
  });

  it('is taken by who knows the old secret and by who knows the new one', async () => {
    expect(await send([NEW, OLD])).toBeUndefined();
    receiver.secret = NEW;
    expect(await send([NEW, OLD])).toBeUndefined();
    expect(receiver.arrived.map(({ signatures }) => signatures.length)).toEqual([2, 2]);
    expect(await send([OLD])).toMatchObject({ status: 401, perhaps: false });
    expect(receiver.forged).toHaveLength(1);
  });
});

describe('an answer', () => {
  it.each<[string, WebhookReceiver['answer'], Partial<WebhookTrouble>]>([
    ['404', 404, { reason: 'the webhook answers 404', perhaps: false }],
    ['503', 503, { reason: 'the webhook answers 503', perhaps: true }],
    ['410', 410, { reason: 'the webhook says that it is gone (410)', gone: true }],
    ['a lost one', 'deaf', { perhaps: true }],
    ['seconds', { status: 429, headers: { 'retry-after': '7' } }, { afterMs: 7_000, perhaps: false }],
    ['a year', { status: 429, headers: { 'retry-after': '31536000' } }, { afterMs: HOUR_MS }],
    [
      'a year as a date',
      { status: 503, headers: { 'retry-after': 'Fri, 31 Dec 9999 23:59:59 GMT' } },
      { afterMs: HOUR_MS },
    ],
  ])('%s', async (_what, answer, trouble) => {
    receiver.answer = answer;
    expect(await send()).toMatchObject(trouble);
  });

  it.each(['soon', '-5', 'Thu, 01 Jan 1970 00:00:00 GMT'])(
    'that asks to wait for "%s" asks for nothing',
    async (text) => {
      receiver.answer = { status: 429, headers: { 'retry-after': text } };
      expect(await send()).not.toHaveProperty('afterMs');
    },
  );

  it('that leads elsewhere is not followed', async () => {
    const elsewhere = await new WebhookReceiver(OLD).open();
    for (const status of [301, 302, 303, 307, 308]) {
      receiver.answer = { status, headers: { location: elsewhere.url } };
      expect(await send()).toMatchObject({
        reason: expect.stringContaining('redirects are not followed'),
        perhaps: false,
      });
    }
    expect(elsewhere.arrived.length + elsewhere.forged.length).toBe(0);
    elsewhere.close();
  });

  it('that never ends is not read', async () => {
    let written = 0;
    const server = createServer((_, response) => {
      const pour = () => {
        while (response.write(Buffer.alloc(65_536))) written += 65_536;
      };
      response.on('drain', pour).on('error', () => undefined);
      pour();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    expect(await send([OLD], `http://127.0.0.1:${(server.address() as AddressInfo).port}/`)).toBeUndefined();
    server.closeAllConnections();
    server.close();
    // what fits into the buffers of the line, and nothing that flows
    expect(written).toBeLessThan(16 * 1024 * 1024);
  });
});

describe('an address', () => {
  it.each(['http://169.254.169.254/latest', 'http://[fd00:ec2::254]/', 'http://127.0.0.1:1/', 'http://localhost:1/'])(
    '%s is not connected to',
    async (address) => {
      const trouble = await send([OLD], address, false);
      expect(trouble).toMatchObject({ reason: expect.stringContaining('local: true'), perhaps: false });
    },
  );

  it('where nobody listens got nothing', async () => {
    const { url } = receiver;
    receiver.close();
    expect(await send([OLD], url)).toEqual({ reason: 'the webhook cannot be reached (ECONNREFUSED)', perhaps: false });
  });

  it.each(['ftp://a/', 'board.example.com/hook', 'http://me:hunter2@127.0.0.1/', ''])('%s is none', async (address) => {
    const trouble = await send([OLD], address);
    expect(trouble?.reason).toMatch(/^its address is no /);
    expect(JSON.stringify(trouble)).not.toContain('hunter2');
  });

  it('and secrets stand in no trouble', async () => {
    const all = [];
    for (const answer of [
      404,
      503,
      410,
      'deaf',
      'away',
      { status: 302, headers: { location: 'http://a/' } },
    ] as const) {
      receiver.answer = answer;
      all.push(await send());
    }
    expect(JSON.stringify(all)).not.toMatch(/127\.0\.0\.1|whsec|hooks\/board|business/);
  });
});
