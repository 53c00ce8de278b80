import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { SIGNATURES } from '../../../src/intake/presets.ts';
import { isSigned, readSignature } from '../../../src/intake/signature.ts';
import { keyOf, type SignatureScheme, signWith } from '../../../src/network/signing.ts';

const NOW = 1_614_265_330_000;
const GITHUB = SIGNATURES.github;
const STANDARD = SIGNATURES['standard-webhooks'];
const OWN: SignatureScheme = {
  ...{ header: 'x-sig', prefix: 'v0=', encoding: 'base64', key: 'hex', toleranceMs: 300_000 },
  ...{ signed: 'v0:{timestamp}:{id}:{body}', id: 'x-id', timestamp: 'x-at' },
};

interface Attempt {
  headers: Record<string, string>;
  body?: string | Uint8Array;
  keys: readonly Uint8Array[];
  now?: number;
}

/** Headers as Fetch has them: two of one name are joined by a comma. */
function check(scheme: SignatureScheme, { headers, body = '', keys, now = NOW }: Attempt): string {
  const given = readSignature(scheme, (name) => new Headers(headers).get(name), now);
  if (!given.ok) return given.code;
  return isSigned(scheme, given, keys, Buffer.from(body)) ? 'ok' : 'signature-wrong';
}

const SECRET = Buffer.from("It's a Secret to Everybody");
const WHSEC = keyOf(STANDARD, 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw');
const IDENTITY = { 'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek', 'webhook-timestamp': '1614265330' };
const BARE: SignatureScheme = {
  header: 's',
  prefix: '',
  encoding: 'hex',
  signed: '{body}',
  key: 'hex',
  toleranceMs: 0,
};

/** security vectors: published with the schemes or in RFC 4231, and computed with the same keys. */
const VECTORS: [id: string, scheme: SignatureScheme, key: Uint8Array, body: string, signature: string][] = [
  ['V1', GITHUB, SECRET, 'Hello, World!', '757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17'],
  ['V2', GITHUB, SECRET, '', '66a0c074deaa0f489ead6537e0d32f9a344b90bbeda705b6ed45ecd3b413fb40'],
  ['V3', GITHUB, SECRET, '{"msg":"héllo ☃"}', '0c08f86c625a92b09576938489e5c51d27cb3f149cdac16652b7b0e4b6de58da'],
  [
    'V4',
    GITHUB,
    Buffer.from('second-secret'),
    'Hello, World!',
    '8dbfbbd8168df4331bec37f53eddc9079d380a470e6ccc4cf919d3869c7d6f6d',
  ],
  ['V5', STANDARD, WHSEC, '{"test": 2432232314}', 'g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE='],
  ['V6', STANDARD, WHSEC, '', 'v48jdbgvh29KJz2Qc+ghw8G6vG3nAKnujWBg8oM/62A='],
  [
    'V5 as GitLab signs',
    SIGNATURES.gitlab,
    WHSEC,
    '{"test": 2432232314}',
    'g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
  ],
  ['V10', BARE, Buffer.alloc(20, 0x0b), 'Hi There', 'b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7'],
  [
    'V11',
    BARE,
    Buffer.from('Jefe'),
    'what do ya want for nothing?',
    '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
  ],
];

describe('vectors', () => {
  it.each(VECTORS)('%s is accepted, and is what we sign', (_id, scheme, key, body, signature) => {
    const headers = { ...(scheme.id && IDENTITY), [scheme.header]: scheme.prefix + signature };
    expect(check(scheme, { headers, body, keys: [key] })).toBe('ok');
    expect(check(scheme, { headers, body, keys: [Buffer.alloc(32, 1), key] })).toBe('ok');
    expect(check(scheme, { headers, body, keys: [Buffer.alloc(32, 1)] })).toBe('signature-wrong');
    const named = { id: IDENTITY['webhook-id'], now: NOW };
    expect(signWith(scheme, [key], named, Buffer.from(body))).toEqual(headers);
  });
});

type Change = (signed: Record<string, string>, scheme: SignatureScheme) => Partial<Attempt>;

const signature = (change: (text: string) => string): Change => {
  return (signed, { header }) => ({ headers: { ...signed, [header]: change(signed[header] ?? '') } });
};
const at = (text: string): Change => {
  return (signed, { timestamp = '' }) => ({ headers: { ...signed, [timestamp]: text } });
};
const BODY = '{"image": "reviews:v2"}';
const lastBit = (text: string) => text.replace(/(.)(=?)$/, (_all, last, end) => `${last === '0' ? '4' : '0'}${end}`);

/** Said of every scheme with a signature; `-` where it has no such part. */
const NEGATIVE: [what: string, change: Change, expected: string | RegExp, needs?: 'timestamp' | 'id'][] = [
  ['nothing', () => ({}), 'ok'],
  ['a bit of the body', () => ({ body: BODY.replace('v2', 'v3') }), 'signature-wrong'],
  ['the body written anew', () => ({ body: JSON.stringify(JSON.parse(BODY)) }), 'signature-wrong'],
  ['a byte order mark', () => ({ body: `\uFEFF${BODY}` }), 'signature-wrong'],
  ['a bit of the signature', signature(lastBit), /signature-wrong|header-invalid/],
  [
    'no prefix',
    (signed, scheme) => signature((text) => text.slice(scheme.prefix.length))(signed, scheme),
    'header-invalid',
  ],
  ['upper case', signature((text) => text.toUpperCase()), /header-invalid|signature-wrong/],
  ['no header', (signed, { header }) => ({ headers: { ...signed, [header]: '' } }), 'header-missing'],
  ['two headers, joined by a comma', signature((text) => `${text}, ${text}`), 'header-invalid'],
  ['two with a comma alone', signature((text) => `${text},${text}`), 'header-invalid'],
  ['a space within', signature((text) => text.replace(/.{4}$/, ' $&')), 'header-invalid'],
  ['two spaces between', signature((text) => `${text}  ${text}`), 'header-invalid'],
  ['half of it', signature((text) => text.slice(0, 25)), 'header-invalid'],
  ['5,000 characters', signature((text) => text.repeat(70)), 'header-invalid'],
  ['base64url', signature((text) => text.replace(/.(=?)$/, '_$1')), 'header-invalid'],
  ['no secrets', () => ({ keys: [] }), 'signature-wrong'],
  ['299 s', () => ({ now: NOW + 299_000 }), 'ok'],
  ['301 s', () => ({ now: NOW + 301_000 }), 'timestamp-stale', 'timestamp'],
  ['301 s early', () => ({ now: NOW - 301_000 }), 'timestamp-stale', 'timestamp'],
  ['another time', at('1614265331'), 'signature-wrong', 'timestamp'],
  ...['NaN', '1e9', '-1614265330', '1614265330000', '1614265330.0', '0x60379e32', '1614265330, 1614265330'].map(
    (text): [string, Change, string, 'timestamp'] => [`the time ${text}`, at(text), 'header-invalid', 'timestamp'],
  ),
  ...['a.b', '../a', 'a, a', 'a'.repeat(257)].map((text): [string, Change, string, 'id'] => [
    `the id ${text.slice(0, 10)}`,
    (signed, { id = '' }) => ({ headers: { ...signed, [id]: text } }),
    'header-invalid',
    'id',
  ]),
  ['another id', (signed, { id = '' }) => ({ headers: { ...signed, [id]: 'b' } }), 'signature-wrong', 'id'],
];

describe.each([
  ['standard-webhooks', STANDARD],
  ['gitlab', SIGNATURES.gitlab],
  ['github', GITHUB],
  ['own, base64', OWN],
] as const)('%s', (_name, scheme) => {
  const key = Buffer.alloc(32, 7);
  const signed = signWith(scheme, [key], { id: 'a', now: NOW }, Buffer.from(BODY));
  const rows = NEGATIVE.filter(([, , , needs]) => needs === undefined || scheme[needs] !== undefined);
  it.each(rows)('with %s', (_what, change, expected) => {
    const attempt = { headers: signed, body: BODY, keys: [key], ...change(signed, scheme) };
    if (expected instanceof RegExp) expect(check(scheme, attempt)).toMatch(expected);
    else expect(check(scheme, attempt)).toBe(expected);
  });
});

describe('several signatures', () => {
  const key = Buffer.alloc(32, 7);
  const signed = signWith(STANDARD, [key], { id: 'a', now: NOW }, Buffer.from(BODY));
  const good = signed['webhook-signature'] ?? '';
  it.each([
    [`v1a,${'B'.repeat(86)}== v1,${'A'.repeat(43)}= ${good}`, 'ok'],
    [`v1a,${good.slice(3)}`, 'signature-wrong'],
    [Array(16).fill(good).join(' '), 'ok'],
    [Array(17).fill(good).join(' '), 'header-invalid'],
    [`${good} v1,short`, 'header-invalid'],
    [`v1,${'A'.repeat(42)}B=`, 'header-invalid'],
  ])('%s', (text, expected) => {
    const headers = { ...signed, 'webhook-signature': text };
    expect(check(STANDARD, { headers, body: BODY, keys: [key] })).toBe(expected);
  });
});

describe.each([
  ['harbor', SIGNATURES.harbor],
  ['gitlab-token', SIGNATURES['gitlab-token']],
])('%s: a fixed secret', (_name, scheme) => {
  const secrets = [Buffer.from('the-old-secret'), Buffer.from('the-new-secret')];
  it.each([
    ['the-old-secret', 'ok'],
    ['the-new-secret', 'ok'],
    ['the-new-secre', 'signature-wrong'],
    ['the-new-secret2', 'signature-wrong'],
    ['The-New-Secret', 'signature-wrong'],
    ['the-new-secret, the-new-secret', 'signature-wrong'],
    ['', 'header-missing'],
  ])('%s: %s', (text, expected) => {
    expect(check(scheme, { headers: { [scheme.header]: text }, body: BODY, keys: secrets })).toBe(expected);
  });
});

describe('secrets', () => {
  it.each([
    [STANDARD, 'MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', 'whsec_'],
    [STANDARD, 'whsec_***not-base64***not-base64***', 'whsec_'],
    [STANDARD, `whsec_${Buffer.alloc(23).toString('base64')}`, '24 to 64 bytes'],
    [STANDARD, `whsec_${Buffer.alloc(65).toString('base64')}`, '24 to 64 bytes'],
    [GITHUB, 'hunter2', 'shorter than 8'],
    [OWN, 'zz'.repeat(20), 'hex of 24 to 64 bytes'],
    [OWN, 'ab'.repeat(23), 'hex of 24 to 64 bytes'],
  ])('are refused without being shown (%#)', (scheme, text, message) => {
    expect(() => keyOf(scheme, text)).toThrow(message);
    expect(() => keyOf(scheme, text)).not.toThrow(text);
  });

  it('are keys of HMAC as their scheme says', () => {
    const mac = createHmac('sha256', Buffer.alloc(24, 11)).update(`v0:1614265330:a:${BODY}`).digest('base64');
    const key = keyOf(OWN, '0b'.repeat(24));
    expect(signWith(OWN, [key], { id: 'a', now: NOW }, Buffer.from(BODY))['x-sig']).toBe(`v0=${mac}`);
  });
});
