/** Browsers and their sessions, through a real server and a real identity provider. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { newToken, readKey } from '../../../../src/authority/index.ts';
import { openInstallation } from '../../../../src/server/index.ts';
import { sealCookie } from '../../../../src/server/login/session.ts';
import { type RunningServer, startServer } from '../../../../src/server/main.ts';
import { temporalConfig } from '../../../../src/temporal/config.ts';
import { INSTALLATION_HEAD, testServer } from '../../../support/authority.ts';
import { Browser, startProvider, type TestProvider } from '../../../support/identity-provider.ts';
import { senderOf } from '../../../support/sender.ts';

const [annToken, eveToken] = [newToken(), newToken()];
const vouching = testServer();
const SENDERS = `senders: [${JSON.stringify(senderOf(['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw']))}]\n`;

let provider: TestProvider;
let dir: string;
let server: RunningServer;
let url: string;
beforeAll(async () => {
  provider = await startProvider();
});
afterAll(() => provider.close());
beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'sluice-login-'));
  writeFileSync(join(dir, 'key'), vouching.text);
  install();
  provider.person = 'ann';
  server = await startServer({
    ...{ port: 0, plansDir: dir, planNamespaces: ['*'], cluster: 'local', log: pino({ level: 'silent' }) },
    temporal: temporalConfig({ address: '127.0.0.1:9' }),
    installation: await openInstallation(join(dir, 'sluice.yaml')),
  });
  url = `http://127.0.0.1:${server.port}`;
});
afterEach(async () => {
  vi.useRealTimers();
  await server.close();
  rmSync(dir, { recursive: true });
});

function install(annIs = 'ann', more = ''): void {
  const people = `people:
  - { name: ${annIs}, oidc: [{ provider: corp, subject: ann@example.com }], tokens: [{ sha256: ${annToken.sha256}, expires: "2999-01-01T00:00:00Z" }], may: [{ verbs: [repair], plans: ["demo/*"] }] }
  - { name: eve, tokens: [{ sha256: ${eveToken.sha256}, expires: "2999-01-01T00:00:00Z" }] }
`;
  const corp = `identityProviders: [{ name: corp, issuer: ${provider.issuer}, keys: ${provider.issuer}/jwks, audience: sluice, person: /email, scopes: [openid, email] }]\n`;
  writeFileSync(
    join(dir, 'sluice.yaml'),
    `${INSTALLATION_HEAD}key: { file: key }\n${SENDERS}${vouching.servers}${people}${corp}${more}`,
  );
}

const login = async (browser: Browser, { token }: { token: string }) =>
  browser.visit(`${url}/login?to=/api/v1/me`, { token });
const me = async (browser: Browser): Promise<string> => {
  const { status, text } = await browser.visit(`${url}/api/v1/me`);
  return status === 200 ? JSON.parse(text).name : String(status);
};
const csrfOf = async (browser: Browser): Promise<string> => {
  const { text } = await browser.visit(`${url}/login`);
  return /name="csrf" value="([^"]+)"/.exec(text)?.[1] ?? '';
};

describe('a login', () => {
  it('by an identity provider makes the person of the file, and goes where they wanted to go', async () => {
    const browser = new Browser();
    const { status, text } = await browser.visit(`${url}/login/with/corp?to=/api/v1/me`);
    expect([status, JSON.parse(text)]).toEqual([200, { name: 'ann', groups: [], expires: expect.any(String) }]);
    // nothing of its beginning is left
    expect(browser.cookies.split('; ').filter((one) => one.startsWith('__'))).toEqual([
      expect.stringMatching(/^__Host-sluice=[\w.-]+$/),
    ]);
  });

  it('by a provider is of the browser that began it', async () => {
    const begun = await fetch(`${url}/login/with/corp`, { redirect: 'manual' });
    const asked = new URL(begun.headers.get('location') ?? '');
    expect(asked.searchParams.get('code_challenge_method')).toBe('S256');
    expect(asked.searchParams.get('redirect_uri')).toBe(`${url}/login/callback`);
    const back = `${url}/login/callback?code=x&state=${asked.searchParams.get('state')}&iss=${provider.issuer}`;
    expect(await new Browser().visit(back)).toMatchObject({
      status: 403,
      text: expect.stringContaining('has not begun'),
    });
    const own = new Browser();
    own.take(begun.headers.getSetCookie());
    expect(await own.visit(`${url}/login/callback?code=x&state=of-another&iss=${provider.issuer}`)).toMatchObject({
      status: 403,
    });
    expect(await own.visit(back)).toMatchObject({ status: 403, text: expect.stringContaining('invalid_grant') });
    expect(await me(own)).toBe('401');
  });

  it('of somebody who is not in the file, or who cancels, is none', async () => {
    provider.person = 'mallory';
    const browser = new Browser();
    expect(await browser.visit(`${url}/login/with/corp`)).toMatchObject({
      status: 403,
      text: expect.stringContaining('nobody in people of the installation is &quot;mallory@example.com&quot;'),
    });
    provider.cancels = true;
    expect(await new Browser().visit(`${url}/login/with/corp`)).toMatchObject({
      status: 403,
      text: expect.stringContaining('corp says access_denied'),
    });
    provider.cancels = false;
    expect(await me(browser)).toBe('401');
  });

  it('by a token is taken of the own page alone, and its cookie is for this host alone', async () => {
    const send = (headers: Record<string, string>) =>
      fetch(`${url}/login`, {
        method: 'POST',
        body: new URLSearchParams({ token: annToken.token }),
        headers,
        redirect: 'manual',
      });
    for (const headers of [
      {},
      { origin: 'https://evil.example' },
      { origin: 'null' },
      { origin: url, 'sec-fetch-site': 'cross-site' },
    ])
      expect((await send(headers as Record<string, string>)).status).toBe(403);
    const taken = await send({ 'sec-fetch-site': 'same-origin' });
    expect([taken.status, taken.headers.getSetCookie().length]).toEqual([303, 1]);
    const [, ...terms] = taken.headers.getSetCookie()[0]?.split('; ') ?? [];
    expect(terms.sort()).toEqual(['HttpOnly', 'Max-Age=43200', 'Path=/', 'SameSite=Lax', 'Secure']);
    expect(taken.headers.get('set-cookie')).toMatch(/^__Host-sluice=/);
    expect(await login(new Browser(), newToken())).toMatchObject({ status: 403 });
  });

  it('takes the place of a session that was planted', async () => {
    const browser = new Browser();
    await login(browser, eveToken);
    const [planted, csrf] = [browser.cookies, await csrfOf(browser)];
    await login(browser, annToken);
    expect(browser.cookies).not.toBe(planted);
    expect(await csrfOf(browser)).not.toBe(csrf);
    expect(await me(browser)).toBe('ann');
  });

  it('by an address is good once, and for five minutes', async () => {
    const [first, late] = [server.oneTimeLogin(annToken.token), server.oneTimeLogin(annToken.token)];
    const browser = new Browser();
    expect(await browser.visit(`${url}${first}&to=/api/v1/me`)).toMatchObject({
      status: 200,
      text: expect.stringContaining('ann'),
    });
    expect(await new Browser().visit(`${url}${first}`)).toMatchObject({ status: 403 });
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 5 * 60_000 });
    expect(await new Browser().visit(`${url}${late}`)).toMatchObject({ status: 403 });
  });

  it.each([
    '//evil.example',
    '/\\evil.example',
    'https://evil.example',
    '/.//evil.example',
    '/%09/evil.example/..//',
    'evil',
  ])('leads to no other server: %s', async (to) => {
    const answer = await fetch(`${url}${server.oneTimeLogin(annToken.token)}&to=${encodeURIComponent(to)}`, {
      redirect: 'manual',
    });
    const next = new URL(answer.headers.get('location') ?? '', url);
    expect([answer.status, next.origin]).toEqual([303, url]);
  });
});

describe('a session', () => {
  it('ends at its time, whatever is done in it', async () => {
    install('ann', 'web: { session: 5m }\n');
    const browser = new Browser();
    await login(browser, annToken);
    const now = Date.now();
    vi.useFakeTimers({ toFake: ['Date'], now: now + 4 * 60_000 });
    expect(await me(browser)).toBe('ann');
    vi.setSystemTime(now + 5 * 60_000 + 1000);
    expect(await me(browser)).toBe('401');
  });

  it('is of whoever the file says now', async () => {
    const [byToken, byProvider] = [new Browser(), new Browser()];
    await login(byToken, annToken);
    await byProvider.visit(`${url}/login/with/corp`);
    install('anna');
    expect([await me(byToken), await me(byProvider)]).toEqual(['anna', 'anna']);
    writeFileSync(join(dir, 'sluice.yaml'), `${INSTALLATION_HEAD}key: { file: key }\n${SENDERS}${vouching.servers}`);
    expect([await me(byToken), await me(byProvider)]).toEqual(['401', '401']);
  });

  it('is nothing that another key made, or that was made for something else', async () => {
    const said = { by: { token: annToken.sha256 }, csrf: 'x' };
    const named = async (key: Parameters<typeof sealCookie>[0], name: string) => {
      const cookie = await sealCookie(key, name, said, 600);
      return (
        await fetch(`${url}/api/v1/me`, { headers: { cookie: cookie.replace(/^__Host-[\w-]+/, '__Host-sluice') } })
      ).status;
    };
    const own = readKey(vouching.text);
    expect([
      await named(own, 'sluice'),
      await named(own, 'sluice-login'),
      await named(testServer().key, 'sluice'),
    ]).toEqual([200, 401, 401]);
  });

  it('changes nothing for a page of elsewhere, nor without its own csrf', async () => {
    const [browser, other] = [new Browser(), new Browser()];
    await login(browser, annToken);
    await login(other, annToken);
    const csrf = await csrfOf(browser);
    const order = { right: 'repair', cluster: 'local', what: ['demo'], forMs: 60_000 };
    const send = async (headers: object) => {
      const sent = {
        method: 'POST',
        body: JSON.stringify(order),
        headers: { cookie: browser.cookies, ...headers },
      };
      const answer = await fetch(`${url}/api/v1/statements`, sent);
      return answer.status === 200 ? 200 : ((await answer.json()) as { code: string }).code;
    };
    const page = { origin: url };
    expect(await send({ ...page, 'x-csrf-token': csrf })).toBe(200);
    for (const headers of [
      page,
      { ...page, 'x-csrf-token': await csrfOf(other) },
      { 'x-csrf-token': csrf },
      { origin: 'https://evil.example', 'x-csrf-token': csrf },
      { origin: url, 'sec-fetch-site': 'same-site', 'x-csrf-token': csrf },
    ])
      expect(await send(headers)).toBe('csrf');
    // a token is sent by nobody's browser
    expect(await send({ authorization: `Bearer ${annToken.token}`, cookie: '' })).toBe(200);
  });

  it('ends where its own page says so', async () => {
    const browser = new Browser();
    await login(browser, annToken);
    expect(await browser.visit(`${url}/logout`, { csrf: 'guessed' })).toMatchObject({ status: 403 });
    expect(await me(browser)).toBe('ann');
    await browser.visit(`${url}/logout`, { csrf: await csrfOf(browser) });
    expect([browser.cookies, await me(browser)]).toEqual(['', '401']);
  });
});

it('shows what it is told as text', async () => {
  const { text } = await new Browser().visit(`${url}/login?to=${encodeURIComponent('/"><script>alert(1)</script>')}`);
  expect(text).not.toContain('<script');
});
