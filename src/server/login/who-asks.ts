/** Who has sent a request: by an API token, a token of an identity provider, or the cookie of a session. */
import { type Holder, holderOf } from '../../authority/index.ts';
import type { Installation, InstallationFile } from '../../installation/index.ts';
import { bearerOf } from '../../intake/index.ts';
import { HttpError } from '../http-error.ts';
import { holderOfIdentity, identityOf } from './identity.ts';
import { openSession } from './session.ts';

export interface Requester {
  holder: Holder;
  /** They came with a cookie, which a browser sends whoever asks it to. */
  session?: { csrf: string; expires: string };
}

/** @returns undefined: nobody  @throws HttpError as `identityOf` */
export async function whoAsks(file: InstallationFile, headers: Headers): Promise<Requester | undefined> {
  const installation = await file.current();
  const token = bearerOf((name) => headers.get(name));
  // who sends one means it
  if (token !== undefined) return byToken(installation, token);
  const session = await openSession(installation, headers);
  return session && { holder: session.holder, session };
}

async function byToken(installation: Installation, token: string): Promise<Requester | undefined> {
  const { people } = installation;
  const known = holderOf(token, people, Date.now());
  if (known) return { holder: known };
  const identity = await identityOf(installation, token, Date.now());
  return identity && { holder: holderOfIdentity(identity, people) };
}

/**
 * That a request which changes something comes from a page of ours, and not from elsewhere with our cookie.
 * @param session whose page it must be; absent: nobody's yet
 * @throws HttpError 403
 */
export function mustBeOurPage(headers: Headers, session: Requester['session'], csrf: string | null): void {
  if (isSameOrigin(headers) && (!session || csrf === session.csrf)) return;
  const remedy = 'load the page again and send it from there; programs send authorization: Bearer instead of a cookie';
  throw new HttpError(403, { code: 'csrf', message: 'it does not come from a page of this session', remedy });
}

/** Browsers say where a form or a script came from; what says nothing is none. */
function isSameOrigin(headers: Headers): boolean {
  const site = headers.get('sec-fetch-site');
  if (site !== null) return site === 'same-origin';
  return URL.parse(headers.get('origin') ?? '')?.host === headers.get('host');
}
