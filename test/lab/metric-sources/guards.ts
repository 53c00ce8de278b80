/** What stands before a Prometheus in other people's houses: its own web configuration, a front with tenants and tokens, a proxy. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer, request, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { makeAuthority, makeCertificate } from '../../../lab/control-plane/pki.ts';
import { currentLab } from '../../../lab/index.ts';
import { freePort } from '../../support/free-port.ts';

/** User `sluice` with the password `right-password`, as Prometheus' web.yml wants it. */
const USERS = { sluice: '$2b$04$AZPh06//ma1Iym.JwPX2Ou18HdzNnXTmvd1hbQlKOM21IupFbJvOq' };

/** `ca.crt`, `other-ca/ca.crt` (of nobody here), and certificates: `server`, `client`, `ended`, `stranger` (of the other authority). */
export async function writeCertificates(dir: string): Promise<void> {
  const other = join(dir, 'other-ca');
  mkdirSync(other, { recursive: true });
  await Promise.all([makeAuthority(dir), makeAuthority(other)]);
  await Promise.all([
    makeCertificate(dir, 'server', '/CN=prometheus', 'subjectAltName=IP:127.0.0.1'),
    makeCertificate(dir, 'client', '/CN=sluice'),
    makeCertificate(dir, 'ended', '/CN=sluice', '', 0),
    makeCertificate(other, 'stranger', '/CN=stranger'),
  ]);
}

/** A real Prometheus that speaks TLS, and demands user and password, or a client certificate. */
export class GuardedPrometheus {
  readonly url: string;
  readonly #child: ChildProcess;

  private constructor(url: string, child: ChildProcess) {
    this.url = url;
    this.#child = child;
  }

  /** @param dir with its certificates */
  static async start(dir: string, demands: 'password' | 'certificate' | 'nothing'): Promise<GuardedPrometheus> {
    const own = join(dir, demands);
    mkdirSync(own);
    const clients = { client_auth_type: 'RequireAndVerifyClientCert', client_ca_file: join(dir, 'ca.crt') };
    const tls = { cert_file: join(dir, 'server.crt'), key_file: join(dir, 'server.key') };
    const web = {
      ...(demands !== 'nothing' && { tls_server_config: { ...tls, ...(demands === 'certificate' && clients) } }),
      ...(demands === 'password' && { basic_auth_users: USERS }),
    };
    writeFileSync(join(own, 'web.yml'), JSON.stringify(web));
    writeFileSync(join(own, 'prometheus.yml'), JSON.stringify({ scrape_configs: [] }));
    const port = await freePort();
    const child = spawn(
      process.env.PROMETHEUS_BIN ?? (currentLab().bin.prometheus as string),
      [
        `--config.file=${join(own, 'prometheus.yml')}`,
        `--web.config.file=${join(own, 'web.yml')}`,
        `--storage.tsdb.path=${join(own, 'data')}`,
        `--web.listen-address=127.0.0.1:${port}`,
      ],
      { stdio: 'ignore' },
    );
    await listening(port);
    return new GuardedPrometheus(`${demands === 'nothing' ? 'http' : 'https'}://127.0.0.1:${port}`, child);
  }

  async stop(): Promise<void> {
    const gone = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await gone;
  }
}

async function listening(port: number): Promise<void> {
  for (let tries = 0; tries < 200; tries += 1) {
    const socket = connect(port, '127.0.0.1');
    const open = await once(socket, 'connect').then(
      () => true,
      () => false,
    );
    socket.destroy();
    if (open) return;
    await sleep(50);
  }
  throw new Error(`nobody listens at port ${port}`);
}

const KEY = 'key of the issuer';

/** A signed token as RFC 7519 has it. */
export function token(lifetimeS: number, key = KEY): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const exp = Math.floor(Date.now() / 1000) + lifetimeS;
  const text = `${part({ alg: 'HS256' })}.${part({ sub: 'sluice', exp })}`;
  return `${text}.${createHmac('sha256', key).update(text).digest('base64url')}`;
}

function isValid(header: string | undefined): boolean {
  const [, text = '', payload = '', signature] = /^Bearer ([^.]+\.([^.]+))\.(.+)$/.exec(header ?? '') ?? [];
  if (signature !== createHmac('sha256', KEY).update(text).digest('base64url')) return false;
  const { exp } = JSON.parse(Buffer.from(payload, 'base64url').toString()) as { exp: number };
  return exp * 1000 > Date.now();
}

/** Demands a valid token and a tenant, and hands on what passes. `team-b` is a tenant that this token may not read. */
export async function openFront(target: string): Promise<{ url: string; queries: URL[]; close: () => void }> {
  const queries: URL[] = [];
  const server = createServer((asked, answer) => {
    const tenant = asked.headers['x-scope-orgid'];
    const refuse = (status: number, words: string) => void answer.writeHead(status).end(words);
    if (!isValid(asked.headers.authorization)) return refuse(401, 'Unauthorized');
    // the words of dskit's authentication middleware, which Mimir and Cortex use
    if (tenant === undefined) return refuse(401, 'no org id');
    if (tenant !== 'team-a') return refuse(403, 'Forbidden');
    queries.push(new URL(asked.url ?? '/', 'http://front'));
    const { method, headers } = asked;
    const onward = request(new URL(asked.url ?? '/', target), { method, headers }, (real) => {
      answer.writeHead(real.statusCode ?? 502, real.headers);
      real.pipe(answer);
    });
    onward.on('error', () => answer.destroy());
    asked.pipe(onward);
  });
  return { queries, ...(await open(server)) };
}

/** Takes CONNECT, and plain requests, with the right password, only to 127.0.0.1, and counts what passes. */
export async function openProxy(): Promise<{ url: string; passed: () => number; close: () => void }> {
  let passed = 0;
  const right = `Basic ${Buffer.from('sluice:right-password').toString('base64')}`;
  const server = createServer((asked, answer) => {
    if (asked.headers['proxy-authorization'] !== right) return void answer.writeHead(407).end();
    passed += 1;
    request(asked.url ?? '', (real) => {
      answer.writeHead(real.statusCode ?? 502, real.headers);
      real.pipe(answer);
    }).end();
  });
  server.on('connect', (asked, socket, head) => {
    socket.on('error', () => undefined);
    if (asked.headers['proxy-authorization'] !== right)
      return void socket.end('HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic\r\n\r\n');
    const [host = '', port] = (asked.url ?? '').split(':');
    if (host !== '127.0.0.1') return void socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
    passed += 1;
    const onward = connect(Number(port), host, () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      onward.write(head);
      onward.pipe(socket).pipe(onward);
    });
    onward.on('error', () => socket.destroy());
  });
  return { passed: () => passed, ...(await open(server)) };
}

async function open(server: Server): Promise<{ url: string; close: () => void }> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const close = () => {
    server.closeAllConnections();
    server.close();
  };
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close };
}
