import fc from 'fast-check';
import { Webhook } from 'standardwebhooks';
import { describe, expect, it } from 'vitest';
import { parseSecrets, sign } from '../../../src/network/standard-webhooks.ts';

const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';

function secret(text = SECRET): Uint8Array {
  const [key] = parseSecrets([text]);
  if (!key) throw new Error('no secret');
  return key;
}

describe('secrets', () => {
  it.each([
    ['no prefix', 'MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'],
    ['no base64', 'whsec_***not-base64***not-base64***'],
    ['23 bytes', `whsec_${Buffer.alloc(23).toString('base64')}`],
    ['65 bytes', `whsec_${Buffer.alloc(65).toString('base64')}`],
    ['nothing', ''],
  ])('with %s are refused without being shown', (_what, text) => {
    expect(() => parseSecrets([SECRET, text])).toThrow(
      'webhook secret 2 is not "whsec_" and the base64 of 24 to 64 bytes',
    );
  });
});

describe('the reference implementation', () => {
  const sentAt = new Date(Math.floor(Date.now() / 1000) * 1000);

  it('accepts what we sign, and signs what we accept', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[A-Za-z0-9_]{1,64}$/), fc.string({ unit: 'binary' }), (id, body) => {
        const ours = sign(id, sentAt, body, secret());
        const theirs = new Webhook(SECRET).sign(id, sentAt, body);
        new Webhook(SECRET).verify(body, { ...ours }, { jsonParse: false });
        return ours['webhook-signature'] === theirs;
      }),
    );
  });

  it('refuses to sign an id that would be refused', () => {
    expect(() => sign('a.b', sentAt, '', secret())).toThrow(RangeError);
  });
});
