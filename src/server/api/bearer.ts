import type { MiddlewareHandler } from 'hono';
import { type Holder, holderOf } from '../../authority/index.ts';
import type { InstallationFile } from '../../installation/index.ts';
import { bearerOf } from '../../intake/index.ts';
import type { AppEnv } from '../env.ts';
import { HttpError } from '../http-error.ts';
import { identityOf } from './identity.ts';

export interface ApiEnv {
  Variables: AppEnv['Variables'] & { holder: Holder };
}

/** Who asks, by an API token or one of an identity provider; nobody else comes further. */
export function bearer(file: InstallationFile): MiddlewareHandler<ApiEnv> {
  return async (c, next) => {
    const installation = await file.current();
    const token = bearerOf((name) => c.req.header(name)) ?? '';
    const holder =
      holderOf(token, installation.people, Date.now()) ?? (await identityOf(installation, token, Date.now()));
    if (!holder) throw new HttpError(401, UNKNOWN);
    c.var.notes.person = holder.person.name;
    c.set('holder', holder);
    await next();
  };
}

const UNKNOWN = {
  code: 'token-unknown',
  message: 'there is no token, it is not known, or its time is over',
  remedy: 'send authorization: Bearer and a token; sluice login gets one, sluice token create makes one',
};
