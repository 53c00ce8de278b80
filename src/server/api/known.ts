import type { MiddlewareHandler } from 'hono';
import type { Holder } from '../../authority/index.ts';
import type { InstallationFile } from '../../installation/index.ts';
import type { AppEnv } from '../env.ts';
import { HttpError } from '../http-error.ts';
import { mustBeOurPage, type Requester, whoAsks } from '../login/who-asks.ts';

export interface ApiEnv {
  Variables: AppEnv['Variables'] & { holder: Holder; session: Requester['session'] };
}

/** Who asks, by a token or a session; nobody else comes further. */
export function known(file: InstallationFile): MiddlewareHandler<ApiEnv> {
  return async (c, next) => {
    const { headers, method } = c.req.raw;
    const asker = await whoAsks(file, headers);
    if (!asker) throw new HttpError(401, UNKNOWN);
    const { holder, session } = asker;
    if (session && method !== 'GET' && method !== 'HEAD') mustBeOurPage(headers, session, headers.get('x-csrf-token'));
    c.var.notes.person = holder.person.name;
    c.set('holder', holder);
    c.set('session', session);
    await next();
  };
}

const UNKNOWN = {
  code: 'token-unknown',
  message: 'there is no token, it is not known, or its time is over',
  remedy: 'send authorization: Bearer and a token; sluice login gets one, sluice token create makes one',
};
