/** Why there was no answer, in one sentence each; never repeats what the other side sent, nor anything of the login. */
import { iso } from '../contract/words.ts';
import { codeOf } from '../network/error-code.ts';
import { type Failed, failed } from './answer.ts';
import { type ConnectionOptions, certificateEndsMs, tokenEndsMs } from './connection.ts';

/** Who is asked, in sentences, and as whom. */
interface AskedAs {
  who: string;
  connection: ConnectionOptions;
}

/** What the codes of Node and OpenSSL mean for who wrote the address; the first that fits. */
const CONNECTION_FAULTS: [code: RegExp, meaning: string][] = [
  [/^ENOTFOUND$|^EAI_/, 'its host name is not known'],
  [
    /^ERR_LOCAL_ADDRESS$/,
    'it is of the machine that asks or of its cloud, which the installation does not let plans ask',
  ],
  [/^ECONNREFUSED$/, 'nobody listens there'],
  [/SELF_SIGNED|UNABLE_TO_|CERT_UNTRUSTED/, 'its certificate is of an authority that is not known here: name its CA'],
  [/^CERT_HAS_EXPIRED$/, 'its certificate has expired'],
  [/^CERT_NOT_YET_VALID$/, 'its certificate is not valid yet'],
  [/ALTNAME_INVALID$/, 'its certificate is for another host'],
  [/^ERR_OSSL_/, 'the CA, client certificate or key for it cannot be used'],
  [/WRONG_VERSION_NUMBER|PACKET_LENGTH|HTTP_REQUEST/, 'it does not speak TLS there: write http://'],
];

/** Alerts about the client's certificate: RFC 8446, section 6.2. */
const CLIENT_CERTIFICATE = /ALERT_(CERTIFICATE_|BAD_CERTIFICATE|UNKNOWN_CA|HANDSHAKE_FAILURE|ACCESS_DENIED)/;

/** What undici says of a proxy that does not let pass, in a tunnel or without one. */
const PROXY_STATUS = /^Proxy (?:response|Authentication Required) \((\d{3})\)/;

/** The connection failed. */
export function connectionRefusal(error: unknown, { who, connection }: AskedAs): Failed {
  const status = Number(PROXY_STATUS.exec((error as Error).message ?? '')?.[1]);
  if (status) return proxyRefusal(status, who, connection);
  const code = codeOf(error);
  if (CLIENT_CERTIFICATE.test(code)) return failed('login', `${who} ${certificateWords(connection)} (${code})`);
  const meaning = CONNECTION_FAULTS.find(([pattern]) => pattern.test(code))?.[1];
  return failed('unreachable', `${who} cannot be reached${meaning ? `: ${meaning}` : ''} (${code})`);
}

/** It answered with another status than 200. @param body its first bytes */
export function statusRefusal(status: number, body: string | undefined, { who, connection }: AskedAs): Failed {
  const http = `(HTTP ${status})`;
  if (status === 401 || status === 403)
    return failed('login', `${who} ${loginWords(status, body, connection)} ${http}`);
  if (status === 407) return proxyRefusal(status, who, connection);
  if (status === 400 && body?.includes('HTTP request to an HTTPS server'))
    return failed('unreachable', `${who} speaks TLS there: write https:// ${http}`);
  const told = errorText(body);
  if (told?.startsWith(NOT_ALL_READ)) return failed('http', `${who} could not read all of its data ${http}`);
  if (status === 400 || status === 422) return failed('badQuery', `${who} refused the query ${http}`, told);
  const redirect = status >= 300 && status < 400 ? '; redirects are not followed' : '';
  return failed('http', `${who} answered HTTP ${status}${redirect}`);
}

/** Thanos answers 422 with it when a store is away and partial answers are not wanted: thanos-io/thanos#3004. */
const NOT_ALL_READ = 'expanding series:';

function proxyRefusal(status: number, who: string, { proxy }: ConnectionOptions): Failed {
  if (status !== 407) return failed('unreachable', `the proxy does not let through to ${who} (HTTP ${status})`);
  const known = typeof proxy === 'object' && proxy.authorization !== undefined;
  const words = known ? 'refuses its login' : 'demands a login';
  return failed('login', `the proxy before ${who} ${words} (HTTP ${status})`);
}

/** Mimir's and Cortex' words for a request without a tenant: weaveworks/dskit, user.ErrNoOrgID. */
const NO_TENANT = 'no org id';

function loginWords(status: number, body: string | undefined, connection: ConnectionOptions): string {
  if (body?.includes(NO_TENANT)) return 'wants to know the tenant: a header, such as X-Scope-OrgID';
  const ends = tokenEndsMs(connection);
  if (ends !== undefined && ends < Date.now()) return `refuses the token: it expired at ${iso(ends)}`;
  const { headers = {} } = connection;
  if (Object.keys(headers).length === 0) return 'demands a login, and there is none';
  if (headers.authorization === undefined) return 'refuses the login, which has no Authorization header';
  return status === 401 ? 'refuses the login: it is wrong or has expired' : 'knows the login, which may not query';
}

function certificateWords(connection: ConnectionOptions): string {
  const ends = certificateEndsMs(connection);
  if (ends === undefined) return 'demands a client certificate, and there is none';
  if (ends < Date.now()) return `refuses the client certificate: it expired at ${iso(ends)}`;
  return 'refuses the client certificate';
}

const MAX_DETAIL = 300;

/** Prometheus's own words about a query, on one line; only for who wrote the query. */
function errorText(body: string | undefined): string | undefined {
  let answer: { status?: unknown; errorType?: unknown; error?: unknown } | null;
  try {
    answer = JSON.parse(body ?? '');
  } catch {
    return undefined;
  }
  // what has another form is of another server, and nothing of that is repeated
  if (typeof answer?.error !== 'string' || answer.status !== 'error' || typeof answer.errorType !== 'string')
    return undefined;
  // Line breaks of Unicode and marks that turn the direction of text are no better than control characters.
  const line = answer.error.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ');
  return line.slice(0, MAX_DETAIL).replace(/[\ud800-\udbff]$/, '');
}
