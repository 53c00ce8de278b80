/** `/login` and `/logout`: browsers get a session, by an identity provider, an API token, or an address that is good once. */
import { type Context, Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { html } from 'hono/html';
import { holderOf, tokenHash } from '../../authority/index.ts';
import type { InstallationFile } from '../../installation/index.ts';
import { isLoopback } from '../../network/address.ts';
import type { AppEnv } from '../env.ts';
import { HttpError } from '../http-error.ts';
import { type HtmlPart, page } from '../page.ts';
import { beginLogin, CALLBACK, canReturn, endLogin } from './by-provider.ts';
import type { OneTimeLogins } from './once.ts';
import { loginProviders } from './providers.ts';
import { endSession, openSession, type ProvenBy, sealSession } from './session.ts';
import { mustBeOurPage } from './who-asks.ts';

export interface LoginDeps {
  installation: InstallationFile;
  once: OneTimeLogins;
  /** Where people go who did not say. */
  home(): string;
}

export function loginApp(deps: LoginDeps): Hono<AppEnv> {
  const { installation, once } = deps;
  const app = new Hono<AppEnv>();
  const enter = async (c: Context<AppEnv>, by: ProvenBy, to: string) => {
    // a new one, whatever the browser had
    c.header('set-cookie', await sealSession(await installation.current(), by), { append: true });
    return c.redirect(to, 303);
  };
  app.get('/login', async (c) => {
    const code = c.req.query('once');
    if (code === undefined) return loginPage(c, deps);
    const token = once.take(code);
    return token
      ? enter(c, { token }, wanted(c, deps))
      : loginPage(c, deps, 'That address was used, or is too old.', 403);
  });
  app.post('/login', bodyLimit({ maxSize: 16 * 1024 }), async (c) => {
    mustBeOurPage(c.req.raw.headers, undefined, null);
    const { token } = await c.req.parseBody();
    const { people } = await installation.current();
    const text = String(token ?? '').trim();
    if (!holderOf(text, people, Date.now()))
      return loginPage(c, deps, 'The token is not known, or its time is over.', 403);
    return enter(c, { token: tokenHash(text) }, wanted(c, deps));
  });
  app.get('/login/with/:provider', async (c) => {
    const file = await installation.current();
    const { href, cookie } = await beginLogin(file, c.req.raw, c.req.param('provider'), wanted(c, deps));
    c.header('set-cookie', cookie);
    return c.redirect(href, 303);
  });
  app.get(CALLBACK, async (c) => {
    const { identity, to, cookie } = await endLogin(await installation.current(), c.req.raw);
    c.header('set-cookie', cookie);
    return enter(c, { identity }, to);
  });
  app.post('/logout', bodyLimit({ maxSize: 16 * 1024 }), async (c) => {
    const { headers } = c.req.raw;
    const session = await openSession(await installation.current(), headers);
    const { csrf } = await c.req.parseBody();
    if (session) mustBeOurPage(headers, session, String(csrf));
    c.header('set-cookie', endSession());
    return c.redirect('/login', 303);
  });
  app.onError((error, c) => {
    if (!(error instanceof HttpError)) throw error;
    c.var.notes.error = error.details.code;
    const { message, remedy } = error.details;
    return loginPage(c, deps, `It was not done: ${message}; ${remedy}.`, error.status);
  });
  return app;
}

/** A path of this server, and never of another one. */
function wanted(c: Context<AppEnv>, { home }: LoginDeps): string {
  const to = c.req.query('to') ?? '';
  const base = 'http://here.invalid';
  const url = to.startsWith('/') ? URL.parse(to, base) : null;
  const path = url?.origin === base ? `${url.pathname}${url.search}${url.hash}` : '//';
  // two slashes begin the name of another server
  return path.startsWith('//') ? home() : path;
}

async function loginPage(
  c: Context<AppEnv>,
  deps: LoginDeps,
  said?: string,
  status: HttpError['status'] = 200,
): Promise<Response> {
  const installation = await deps.installation.current();
  const session = await openSession(installation, c.req.raw.headers);
  const to = `?to=${encodeURIComponent(wanted(c, deps))}`;
  const providers = canReturn(installation, c.req.raw) ? loginProviders(installation) : [];
  const body = html`<main class="narrow"><h1>Sluice</h1>
${said && html`<p class="said" role="alert">${said}</p>`}
${session && whoIsIn(session, wanted(c, deps))}
${providers.map(({ name }) => html`<a class="button" href="/login/with/${name}${to}">Log in with ${name}</a>`)}
<form method="post" action="/login${to}"><label for="token">API token</label>
<input id="token" name="token" type="password" autocomplete="off" required><button>Log in with a token</button></form>
${isOpenLine(c.req.raw, installation.web.address) && html`<p class="said">A browser keeps a login over HTTPS only.</p>`}
</main>`;
  return page(c, 'Log in', body, status);
}

function whoIsIn({ holder, csrf }: NonNullable<Awaited<ReturnType<typeof openSession>>>, to: string): HtmlPart {
  return html`<p>You are logged in as <strong>${holder.person.name}</strong>. <a href="${to}">Go on</a></p>
<form method="post" action="/logout"><input type="hidden" name="csrf" value="${csrf}"><button>Log out</button></form>`;
}

/** Then the cookie is not kept, and nothing else would say why. */
function isOpenLine(request: Request, address: string | undefined): boolean {
  const { protocol, hostname } = new URL(request.url);
  return address === undefined && protocol === 'http:' && !isLoopback(hostname);
}
