/** Everything around a page. Scripts and styles are files of this server alone; nothing stands inline, and nothing is loaded from elsewhere. */
import type { ComponentChildren, FunctionComponent } from 'preact';
import { renderToString } from 'preact-render-to-string';
import type { Session } from 'sluice/server';
import type { Assets } from './assets.ts';
import { Keys } from './parts/keys.tsx';

const POLICY = [
  "default-src 'none'",
  ...['script-src', 'style-src', 'connect-src', 'form-action'].map((directive) => `${directive} 'self'`),
  "img-src 'self' data:",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

const HEADERS = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': POLICY,
  'cache-control': 'no-store',
  'referrer-policy': 'same-origin',
  'x-content-type-options': 'nosniff',
};

export interface Drawn<Props extends object> {
  title: string;
  /** Where the page stands below the list, with addresses. */
  trail: [name: string, address: string][];
  Page: FunctionComponent<Props>;
  props: Props;
  /** Name under which the script finds the page again; absent: it stays as it is. */
  island?: string;
  status?: number;
}

export function answerPage<Props extends object>(drawn: Drawn<Props>, session: Session, assets: Assets): Response {
  const { Page, props, status = 200 } = drawn;
  const html = renderToString(
    <Document drawn={drawn} session={session} assets={assets}>
      <Page {...props} />
    </Document>,
  );
  return new Response(`<!doctype html>${html}`, { status, headers: HEADERS });
}

interface DocumentProps {
  drawn: Pick<Drawn<object>, 'title' | 'trail' | 'props' | 'island'>;
  session: Session;
  assets: Assets;
  children: ComponentChildren;
}

function Document({ drawn: { title, trail, props, island }, session, assets, children }: DocumentProps) {
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width" />
        <meta name="color-scheme" content="light dark" />
        <title>{`${title} · Sluice`}</title>
        <link rel="stylesheet" href={assets.style} />
        <link rel="icon" href={ICON} />
        <script type="module" src={assets.script} />
      </head>
      <body>
        <a class="skip" href="#main">
          Skip to the page
        </a>
        <header class="top">
          <nav class="trail" aria-label="Where you are">
            <a href="/">Sluice</a>
            {trail.map(([name, address]) => (
              <span key={address}>
                {' / '}
                <a href={address}>{name}</a>
              </span>
            ))}
          </nav>
          <button type="button" popovertarget="keys" class="plain">
            Keys <kbd>?</kbd>
          </button>
          <Person session={session} />
        </header>
        <Keys />
        <main id="main" tabIndex={-1} data-island={island}>
          {children}
        </main>
        {island && <script type="application/json" id="data" dangerouslySetInnerHTML={{ __html: asData(props) }} />}
      </body>
    </html>
  );
}

function Person({ session: { name, csrf } }: { session: Session }) {
  return (
    <form method="post" action="/logout" class="person-of">
      <span>{name}</span>
      {csrf && <input type="hidden" name="csrf" value={csrf} />}
      {csrf && (
        <button type="submit" class="plain">
          Log out
        </button>
      )}
    </form>
  );
}

/** No text in it can end the element that it stands in. */
function asData(props: object): string {
  return JSON.stringify(props).replaceAll('<', '\\u003c');
}

const ICON = `data:image/svg+xml,${encodeURIComponent(
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><rect width="16" height="16" rx="3" fill="#0b6bcb"/><path d="M3 11h10M3 8h7M3 5h4" stroke="#fff" stroke-width="2"/></svg>',
)}`;
