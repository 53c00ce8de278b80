/** `POST /slack/commands` and `/slack/interactions`: signed, and answered within Slack's three seconds, by a second message if need be. */
import { type Context, Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import type { AppEnv } from '../env.ts';
import { HttpError, tooLarge } from '../http-error.ts';
import { apart, soon } from './answer-later.ts';
import { command } from './commands.ts';
import { interaction } from './interactions.ts';
import { proveSlack } from './signature.ts';
import type { SlackDeps } from './steer.ts';

const MAX_BODY_BYTES = 64 * 1024;

/** @param secret signing secret of the app */
export function slackApp(deps: SlackDeps, secret: string): Hono<AppEnv> {
  const app = new Hono<AppEnv>();
  app.use(bodyLimit({ maxSize: MAX_BODY_BYTES, onError: () => tooLarge('64 KiB') }));
  app.post('/commands', async (c) => {
    const fields = await readFields(deps, secret, c);
    if (!fields) return c.body(null, 200);
    const work = command(deps, fields, c.var.notes);
    if (!work) throw unknown('slash command');
    return c.json(await soon(deps, work));
  });
  app.post('/interactions', async (c) => {
    const { payload } = (await readFields(deps, secret, c)) ?? {};
    const work = interaction(deps, asObject(payload), c.var.notes);
    if (work) await apart(deps, work);
    return c.body(null, 200);
  });
  return app;
}

/**
 * The fields of a form that Slack has signed; undefined: Slack only looks at our certificate (`ssl_check`), which comes unsigned.
 * @throws HttpError 401; of who signs wrongly nothing is read
 */
async function readFields(
  { clock = Date.now }: SlackDeps,
  secret: string,
  c: Context<AppEnv>,
): Promise<Record<string, string> | undefined> {
  const proof = proveSlack((name) => c.req.header(name), secret, clock());
  if (!proof.ok && proof.code !== 'header-missing') throw unsigned(proof.code);
  const body = new Uint8Array(await c.req.arrayBuffer());
  const fields = Object.fromEntries(new URLSearchParams(Buffer.from(body).toString('utf8')));
  if (fields.ssl_check === '1') return undefined;
  if (!proof.ok || !proof.fits(body)) throw unsigned(proof.ok ? 'signature-wrong' : proof.code);
  return fields;
}

function asObject(json = ''): object {
  try {
    return Object(JSON.parse(json));
  } catch {
    throw unknown('interaction');
  }
}

function unknown(what: string): HttpError {
  return new HttpError(422, { code: 'no-command', message: `this is no ${what}`, remedy: 'let Slack send it' });
}

function unsigned(code: string): HttpError {
  const message =
    code === 'timestamp-stale' ? 'the request is more than 5 minutes from our clock' : 'the signature does not fit';
  return new HttpError(401, { code, message, remedy: 'sign the raw body with the signing secret of the Slack app' });
}
