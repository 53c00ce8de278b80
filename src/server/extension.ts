/**
 * What a package adds to the server. The installation names it in `extensions`; server and `sluice dev` import it by that name at
 * their start and call its `extend`. The core knows nothing of it but these types.
 *
 * - `/api`, `/hooks`, `/slack`, `/login` and `/logout` are the core's own. Every other path is asked of the extensions, in their order;
 *   the first answer counts, and where none has one it is 404. An answer keeps the headers that it has (`content-security-policy`,
 *   `cache-control`); without one it gets the core's, which forbid everything and store nothing.
 * - Who is asked for a page without a session answers 303 to `/login?to=` and the path, which is shown after the login.
 * - A page shows what `api` answers with, as whoever asks for it, and what they may not see is not in it. Its own scripts ask
 *   `/api/v1` with the cookie, and send `csrf` of the session as the header `x-csrf-token` with whatever is no GET.
 * - A form has `csrf` of the session in a hidden field. Its handler passes that on as `x-csrf-token` of the request to `api`,
 *   which refuses it (403, `csrf`) when it is not of this session, or when a page of elsewhere sent the form. A logout is a form
 *   that posts `csrf` to `/logout`.
 */

/** The door to the core. */
export interface ExtensionHost {
  /** Name of the cluster whose plans this server has. */
  cluster: string;
  /**
   * Asks `/api/v1`, in this process: no connection, no limit on how often.
   * @param asked its path, method, body and `x-csrf-token` are used; the host of its URL may be any
   * @param from what the browser sent: who asks, from where, and until when they listen
   * @returns what a client would get, errors too (`application/problem+json`)
   */
  api(asked: Request, from: Request): Promise<Response>;
  /** Whose browser, or program, has sent this; undefined: nobody's. It says nothing of what they may do: `api` does. */
  session(from: Request): Promise<BrowserSession | undefined>;
}

/** Somebody who is logged in. */
export interface BrowserSession {
  /** Name of the person, as the installation has it. */
  name: string;
  groups: readonly string[];
  /** Proves a form or a script to be of a page of this session; absent: they came with a token instead, and need none. */
  csrf?: string;
  /** When it ends, whatever they do meanwhile, ISO 8601; absent, as `csrf`: with a token. */
  expires?: string;
}

/** What `extend` makes: one for the life of the server. */
export interface ServerExtension {
  /** Begins where the extension begins, such as `/`: shown by `sluice dev`, and after a login without `to`. Default: no page. */
  home?: string;
  /** @returns undefined: it is no path of this extension */
  fetch(request: Request): Response | undefined | Promise<Response | undefined>;
  /** Called when the server stops taking requests. */
  close?(): void | Promise<void>;
}

/** The package's export `extend`. What it throws ends the start of the server. */
export type Extend = (host: ExtensionHost) => ServerExtension | Promise<ServerExtension>;
