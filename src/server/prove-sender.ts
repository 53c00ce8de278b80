/** Who sends, as far as the headers tell: nothing of a body is awaited before somebody known could have sent it. */
import type { Context } from 'hono';
import type { Logger } from 'pino';
import type { DeploySender } from '../installation/index.ts';
import {
  type HeaderProof,
  MEDIA_TYPES,
  mediaType,
  type ProofRefusal,
  proveHeaders,
  refuse,
  WRONG,
} from '../intake/index.ts';
import type { AppEnv } from './env.ts';
import { HttpError } from './http-error.ts';

export interface Senders {
  senders: readonly DeploySender[];
  /** Where relative paths of secrets begin. */
  dir: string;
}

export interface ProvenSender {
  sender: DeploySender;
  proof: HeaderProof;
}

/** @throws HttpError: type and encoding of the body, then who sends it */
export async function proveSender(c: Context<AppEnv>, known: Senders, log: Logger, now: number): Promise<ProvenSender> {
  acceptJson(c);
  const named = c.req.param('sender');
  const senders = known.senders.filter(({ name }) => named === undefined || name === named);
  if (named !== undefined && senders.length === 0)
    throw new HttpError(404, { code: 'sender-unknown', message: 'there is no such sender', remedy: NAME_REMEDY });
  const header = (name: string) => c.req.header(name);
  const looks = await Promise.all(
    senders.map(async (sender) => {
      const proof = await proveHeaders(sender, known.dir, header, now).catch((error: Error) => {
        log.error({ sender: sender.name, reason: error.message }, 'a sender cannot be proven');
        return refuse('sender-unusable', 'its secrets cannot be read here', true);
      });
      return { sender, proof };
    }),
  );
  const [first, ...others] = looks.filter((one): one is ProvenSender => one.proof.ok);
  if (others.length > 0) {
    const message = 'the headers could be of several senders';
    throw new HttpError(400, { code: 'sender-ambiguous', message, remedy: NAME_REMEDY });
  }
  if (first) return first;
  throw refusal(looks.flatMap(({ proof }) => (proof.ok ? [] : [proof])));
}

const NAME_REMEDY = 'POST to /hooks/deploy/NAME with the name of the sender, as the installation has it';

/** The one that says most: sending again may help, or at least the headers were there. */
function refusal(refusals: readonly ProofRefusal[]): HttpError {
  const known = refusals.find(({ again }) => again) ?? refusals.find(({ code }) => code !== 'header-missing');
  return refusedBy(known ?? refusals[0] ?? WRONG);
}

const PROVE_REMEDY = 'prove it as docs/use/senders.md says for this sender: sign the raw body, or send a fresh token';

export function refusedBy({ code, message, again }: ProofRefusal, remedy = PROVE_REMEDY): HttpError {
  if (again) return new HttpError(503, { code, message, remedy: 'send it again', retryAfter: 5 });
  return new HttpError(401, { code, message, remedy });
}

function acceptJson(c: Context<AppEnv>): void {
  const encoding = c.req.header('content-encoding') ?? 'identity';
  if (encoding.toLowerCase() !== 'identity')
    throw unsupported('compressed bodies are not taken', 'send the body without content-encoding');
  if (!MEDIA_TYPES.includes(mediaType((name) => c.req.header(name))))
    throw unsupported(`the body must be ${MEDIA_TYPES.join(' or ')}`, 'send content-type: application/json');
}

function unsupported(message: string, remedy: string): HttpError {
  return new HttpError(415, { code: 'body-unsupported', message, remedy });
}
