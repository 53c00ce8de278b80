/** Tokens against a JWKS server on this machine, with keys made here. */
import { CompactSign, exportSPKI, generateKeyPair, SignJWT, UnsecuredJWT } from 'jose';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type OidcTerms, verifyToken } from '../../../src/intake/oidc.ts';
import { ISSUERS } from '../../../src/intake/presets.ts';
import { TokenIssuer } from '../../support/jwks.ts';

let issuer: TokenIssuer;
let terms: OidcTerms;
const NOW = Math.floor(Date.now() / 1000);

beforeEach(async () => {
  issuer = await TokenIssuer.start();
  const claims = { repository: 'acme/*', environment: 'production' };
  terms = { ...ISSUERS.github, keys: issuer.url, audience: 'sluice', claims };
});
afterEach(() => {
  vi.useRealTimers();
  issuer.close();
});

const CLAIMS = {
  ...{ iss: ISSUERS.github.issuer, aud: 'sluice', iat: NOW, nbf: NOW, exp: NOW + 300, jti: 'jti-1' },
  ...{ repository: 'acme/reviews', environment: 'production', ref: 'refs/heads/main', actor: 'ann' },
  ...{ workflow: 'deploy', run_id: '42' },
};

function token(changes: object = {}, kid?: string): Promise<string> {
  return issuer.token({ ...CLAIMS, ...changes }, kid);
}

async function verify(text: string): Promise<string> {
  const proof = await verifyToken(terms, (name) => (name === 'authorization' ? text : undefined), NOW * 1000);
  return proof.ok ? 'ok' : `${proof.code}${proof.again ? ', again' : ''}`;
}

describe('a token', () => {
  it('tells who, why and from where', async () => {
    const header = `Bearer ${await token()}`;
    expect(await verifyToken(terms, (name) => (name === 'authorization' ? header : ''), NOW * 1000)).toMatchObject({
      ok: true,
      id: 'jti-1',
      from: { repository: 'acme/reviews', environment: 'production' },
      by: 'ann',
      reason: 'deploy of acme/reviews at refs/heads/main, https://github.com/acme/reviews/actions/runs/42',
    });
  });

  it.each([
    ['another issuer', { iss: 'https://token.example.com' }, 'token-refused'],
    ['another audience', { aud: 'other' }, 'token-refused'],
    ['no audience', { aud: undefined }, 'token-refused'],
    ['an end that is over', { exp: NOW - 61 }, 'token-expired'],
    ['an end within the skew', { exp: NOW - 59 }, 'ok'],
    ['no end', { exp: undefined }, 'token-refused'],
    ['a beginning to come', { nbf: NOW + 120 }, 'token-refused'],
    ['a foreign repository', { repository: 'evil/acme' }, 'claims-refused'],
    ['a repository whose owner begins alike', { repository: 'acme-evil/reviews' }, 'claims-refused'],
    ['a list of repositories', { repository: ['acme/reviews'] }, 'claims-refused'],
    ['no environment', { environment: undefined }, 'claims-refused'],
    ['another environment', { environment: 'production-2' }, 'claims-refused'],
  ])('with %s', async (_what, changes, expected) => {
    expect(await verify(`Bearer ${await token(changes)}`)).toBe(expected);
  });

  it('is refused without a signature of the issuer', async () => {
    const payload = new TextEncoder().encode(JSON.stringify(CLAIMS));
    const pem = new TextEncoder().encode(await exportSPKI(issuer.keys().publicKey));
    const other = await generateKeyPair('RS256');
    const [head, body, end] = (await token()).split('.');
    const forged = {
      none: new UnsecuredJWT(CLAIMS).encode(),
      'HS256 with the public key': await new CompactSign(payload)
        .setProtectedHeader({ alg: 'HS256', kid: 'k1' })
        .sign(pem),
      'RS512, not listed': await new SignJWT(CLAIMS)
        .setProtectedHeader({ alg: 'PS256', kid: 'k1' })
        .sign((await generateKeyPair('PS256')).privateKey),
      'a key of its own': await issuer.token(CLAIMS, 'k1', other),
      'another body': `${head}.${Buffer.from(JSON.stringify({ ...CLAIMS, actor: 'eve' })).toString('base64url')}.${end}`,
      'no signature': `${head}.${body}.`,
    };
    for (const [what, text] of Object.entries(forged))
      expect(`${what}: ${await verify(`Bearer ${text}`)}`).toBe(`${what}: signature-wrong`);
  });

  it.each(['', 'Bearer', 'Bearer a b', 'Basic abc', `Bearer ${'a'.repeat(9000)}`, 'Bearer a, Bearer b'])(
    'is none in %s',
    async (text) => expect(await verify(text)).toMatch(/header-missing|signature-wrong/),
  );
});

describe('keys', () => {
  it('are asked once for many tokens', async () => {
    for (let n = 0; n < 5; n += 1) expect(await verify(`Bearer ${await token()}`)).toBe('ok');
    expect(issuer.asked).toBe(1);
  });

  it('rotate: a new one is found, and asked for at most every five seconds', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: NOW * 1000 });
    expect(await verify(`Bearer ${await token()}`)).toBe('ok');
    await issuer.publish('k2');
    const text = `Bearer ${await token({}, 'k2')}`;
    expect(await verify(text)).toBe('key-unknown, again');
    vi.setSystemTime(NOW * 1000 + 6_000);
    expect(await verify(text)).toBe('ok');
    expect(issuer.asked).toBe(2);
    vi.setSystemTime(NOW * 1000 + 12_000);
    expect(await verify(`Bearer ${await issuer.token(CLAIMS, 'k3', issuer.keys())}`)).toBe('key-unknown');
  });

  it('that cannot be read are no fault of who sends', async () => {
    issuer.status = 500;
    expect(await verify(`Bearer ${await token()}`)).toBe('keys-unreachable, again');
    issuer.status = 200;
    expect(await verify(`Bearer ${await token()}`)).toBe('ok');
    terms.keys = 'http://127.0.0.1:9/jwks';
    expect(await verify(`Bearer ${await token()}`)).toBe('keys-unreachable, again');
  });
});
