import fc from 'fast-check';
import { Webhook } from 'standardwebhooks';
import { describe, expect, it } from 'vitest';
import { parseSecrets, sign, verify, type WebhookSecret } from '../../../src/intake/index.ts';

const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const OTHER = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const ID = 'msg_p5jXN8AQM9LWM0D4loKWxJek';
const TIMESTAMP = '1614265330';
const NOW = 1_614_265_330_000;
const BODY = '{"test": 2432232314}';
/** Published with the scheme, and the same for an empty body. */
const SIGNATURE = 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=';
const SIGNATURE_OF_NOTHING = 'v1,v48jdbgvh29KJz2Qc+ghw8G6vG3nAKnujWBg8oM/62A=';

interface Message {
  id?: string;
  timestamp?: string;
  signature?: string;
  body?: string | Uint8Array;
  now?: number;
  secrets?: string[];
}

/** The published message with some parts replaced. */
function check(message: Message = {}): string {
  const { id = ID, timestamp = TIMESTAMP, signature = SIGNATURE, body = BODY, now = NOW, secrets = [SECRET] } = message;
  const headers = new Headers();
  if (id) headers.set('webhook-id', id);
  if (timestamp) headers.set('webhook-timestamp', timestamp);
  if (signature) headers.set('webhook-signature', signature);
  const bytes = typeof body === 'string' ? new TextEncoder().encode(body) : body;
  const result = verify({ body: bytes, header: (name) => headers.get(name), secrets: parseSecrets(secrets), now });
  return result.ok ? 'ok' : result.code;
}

function secret(text = SECRET): WebhookSecret {
  const [key] = parseSecrets([text]);
  if (!key) throw new Error('no secret');
  return key;
}

describe('a signed message', () => {
  it('is accepted as published', () => expect(check()).toBe('ok'));
  it('may have an empty body', () => expect(check({ body: '', signature: SIGNATURE_OF_NOTHING })).toBe('ok'));
  it('may be signed with any configured secret', () => expect(check({ secrets: [OTHER, SECRET] })).toBe('ok'));
  it('may carry other signatures', () => {
    const wrong = `v1,${'A'.repeat(43)}=`;
    expect(check({ signature: `v1a,${'B'.repeat(86)}== ${wrong} ${SIGNATURE}` })).toBe('ok');
  });
  it.each([299, 300])('may be %d s old or early', (seconds) => {
    expect(check({ now: NOW + seconds * 1000 })).toBe('ok');
    expect(check({ now: NOW - seconds * 1000 })).toBe('ok');
  });
});

const [VERSION, BASE64 = ''] = SIGNATURE.split(',');

const REFUSED: [what: string, message: Message, code: string][] = [
  ['no id', { id: '' }, 'header-missing'],
  ['no timestamp', { timestamp: '' }, 'header-missing'],
  ['no signature', { signature: '' }, 'header-missing'],
  ['a bit flipped in the body', { body: BODY.replace('test', 'tesu') }, 'signature-wrong'],
  ['a bit flipped in the signature', { signature: SIGNATURE.replace('g0h', 'g1h') }, 'signature-wrong'],
  ['another id', { id: `${ID}1` }, 'signature-wrong'],
  ['another time', { timestamp: '1614265331' }, 'signature-wrong'],
  ['another secret', { secrets: [OTHER] }, 'signature-wrong'],
  ['no secret at all', { secrets: [] }, 'signature-wrong'],
  ['the body written anew', { body: JSON.stringify(JSON.parse(BODY)) }, 'signature-wrong'],
  ['a byte order mark', { body: `\uFEFF${BODY}` }, 'signature-wrong'],
  ['only the asymmetric version', { signature: `v1a,${BASE64}` }, 'signature-wrong'],
  ['no version', { signature: BASE64 }, 'header-invalid'],
  ['hex', { signature: `${VERSION},${Buffer.from(BASE64, 'base64').toString('hex')}` }, 'header-invalid'],
  ['upper case', { signature: SIGNATURE.toUpperCase() }, 'header-invalid'],
  ['base64url', { signature: SIGNATURE.replace('+', '-').replace('/', '_') }, 'header-invalid'],
  ['no padding', { signature: SIGNATURE.slice(0, -1) }, 'header-invalid'],
  ['half a signature', { signature: SIGNATURE.slice(0, 25) }, 'header-invalid'],
  ['two headers, joined by a comma', { signature: `${SIGNATURE}, ${SIGNATURE}` }, 'header-invalid'],
  ['two spaces', { signature: `${SIGNATURE}  ${SIGNATURE}` }, 'header-invalid'],
  ['a space within', { signature: SIGNATURE.replace(',', ', ') }, 'header-invalid'],
  ['17 signatures', { signature: Array(17).fill(SIGNATURE).join(' ') }, 'header-invalid'],
  ['two ids', { id: `${ID}, ${ID}` }, 'header-invalid'],
  ['a dot in the id', { id: 'msg.1' }, 'header-invalid'],
  ['a slash in the id', { id: '../rollout' }, 'header-invalid'],
  ['an id of 257 characters', { id: 'a'.repeat(257) }, 'header-invalid'],
  ['two timestamps', { timestamp: `${TIMESTAMP}, ${TIMESTAMP}` }, 'header-invalid'],
  ['a timestamp that is no number', { timestamp: 'NaN' }, 'header-invalid'],
  ['an exponent', { timestamp: '1e9' }, 'header-invalid'],
  ['a negative timestamp', { timestamp: `-${TIMESTAMP}` }, 'header-invalid'],
  ['a timestamp in ms', { timestamp: `${TIMESTAMP}000` }, 'header-invalid'],
  ['a fraction', { timestamp: `${TIMESTAMP}.0` }, 'header-invalid'],
  ['301 s', { now: NOW + 301_000 }, 'timestamp-stale'],
  ['301 s in the future', { now: NOW - 301_000 }, 'timestamp-stale'],
];

describe('a message is refused', () => {
  it.each(REFUSED)('for %s', (_what, message, code) => expect(check(message)).toBe(code));
});

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
