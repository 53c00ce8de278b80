import type { MiddlewareHandler } from 'hono';
import { type Holder, holderOf } from '../../authority/index.ts';
import type { InstallationFile } from '../../installation/index.ts';
import type { AppEnv } from '../env.ts';
import { HttpError } from '../http-error.ts';

export interface ApiEnv {
  Variables: AppEnv['Variables'] & { holder: Holder };
}

const BEARER = /^Bearer (sluice_[\w-]{43})$/i;

/** Who asks, by an API token; nobody else comes further. */
export function bearer(installation: InstallationFile): MiddlewareHandler<ApiEnv> {
  return async (c, next) => {
    const [, token] = BEARER.exec(c.req.header('authorization') ?? '') ?? [];
    const holder = token && holderOf(token, (await installation.current()).people, Date.now());
    if (!holder) throw unknown(token === undefined);
    c.var.notes.person = holder.person.name;
    c.set('holder', holder);
    await next();
  };
}

function unknown(missing: boolean): HttpError {
  const message = missing ? 'there is no API token' : 'the API token is not known, or its time is over';
  const remedy = 'send authorization: Bearer and a token; sluice token create makes one';
  return new HttpError(401, { code: missing ? 'token-missing' : 'token-unknown', message, remedy });
}
