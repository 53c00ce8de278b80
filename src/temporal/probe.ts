import { isIP, connect as openTcp, type Socket } from 'node:net';
import { connect as openTls } from 'node:tls';
import type { TemporalConfig } from './config.ts';
import { ConnectionError } from './error.ts';

/** The start of every HTTP/2 connection, with empty settings (RFC 9113, 3.4). */
const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0', 'latin1');

/** Place and value of the type of the frame that the other side begins with. */
const TYPE = 3;
const SETTINGS = 4;

const TIMEOUT_MS = 2_000;

/** Looks for what makes a connection impossible, 2 s at most; silence is none. @throws ConnectionError */
export async function probe(config: TemporalConfig): Promise<void> {
  const socket = open(config);
  socket.write(PREFACE);
  const failure = await new Promise<Error | undefined>((resolve) => {
    socket.setTimeout(TIMEOUT_MS, () => resolve(undefined));
    socket.on('error', resolve);
    socket.once('end', () => resolve(new Error('it closes the connection')));
    socket.once('data', (data) =>
      resolve(data[TYPE] === SETTINGS ? undefined : new Error('it answers with something else')),
    );
  });
  socket.destroy();
  if (failure) throw explain(failure, config);
}

function open({ address, options: { tls } }: TemporalConfig): Socket {
  const colon = address.lastIndexOf(':');
  const host = address.slice(0, colon).replace(/^\[|\]$/g, '');
  const place = { host, port: Number(address.slice(colon + 1)) };
  if (!tls) return openTcp(place);
  const { serverNameOverride, serverRootCACertificate, clientCertPair } = tls === true ? {} : tls;
  const [ca, cert, key] = [serverRootCACertificate, clientCertPair?.crt, clientCertPair?.key].map(
    (pem) => pem && Buffer.from(pem),
  );
  const servername = serverNameOverride ?? (isIP(host) ? undefined : host);
  return openTls({ ...place, ca, cert, key, servername, ALPNProtocols: ['h2'] });
}

/** OpenSSL's messages have the reason as fourth part. */
const SSL_REASON = /SSL routines:[^:]*:([^:]+)/;

function explain(error: NodeJS.ErrnoException, { address, options: { tls } }: TemporalConfig): ConnectionError {
  const { code, message, syscall } = error;
  if (syscall === 'connect' || syscall === 'getaddrinfo')
    return new ConnectionError(`Temporal does not answer at ${address}: ${code}`);
  if (!tls)
    return new ConnectionError(`no gRPC without TLS at ${address}: ${message}`, {
      hint: 'TEMPORAL_TLS=true turns TLS on.',
    });
  const reason = SSL_REASON.exec(message)?.[1];
  if (reason?.includes('alert')) {
    const hint =
      'Name a client certificate that it trusts: TEMPORAL_TLS_CLIENT_CERT_PATH and TEMPORAL_TLS_CLIENT_KEY_PATH.';
    return new ConnectionError(`${address} ends the TLS handshake: ${reason}`, { hint, refused: true });
  }
  // what verifies certificates gives a code, and is no call of the system
  if (!reason && code && !syscall) {
    const hint = 'TEMPORAL_TLS_SERVER_CA_CERT_PATH names its authority, TEMPORAL_TLS_SERVER_NAME the name in it.';
    return new ConnectionError(`the certificate of ${address} is not trusted: ${message.split(';')[0]}`, { hint });
  }
  return new ConnectionError(`no gRPC with TLS at ${address}: ${reason ?? message}`, {
    hint: 'TEMPORAL_TLS=false turns TLS off.',
  });
}
