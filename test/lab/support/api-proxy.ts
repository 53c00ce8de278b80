/** Stands between Sluice and the API server and breaks what a test asks for; everything else passes unchanged. */
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { lab } from './cluster.ts';

export interface Rule {
  /** Requests that the rule is for. */
  match: (method: string, path: string) => boolean;
  /** `cut`: the API server gets it, the answer is lost. `hold`: it is forwarded when `release` resolves. */
  fault: { kind: 'cut' } | { kind: 'hold'; release: Promise<void>; arrived: () => void };
  /** How often; default once. */
  times?: number;
}

export class ApiProxy {
  /** Kubeconfig of Sluice's own user through the proxy. */
  readonly kubeconfig: string;
  readonly rules: Rule[] = [];
  private readonly server: Server;

  private constructor(server: Server, kubeconfig: string) {
    this.server = server;
    this.kubeconfig = kubeconfig;
  }

  static async start(): Promise<ApiProxy> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const kubeconfig = join(mkdtempSync(join(tmpdir(), 'sluice-proxy-')), 'kubeconfig');
    writeFileSync(kubeconfig, JSON.stringify(config(`http://127.0.0.1:${port}`)));
    const proxy = new ApiProxy(server, kubeconfig);
    const upstream = credentials();
    server.on('request', (request, response) => proxy.pass(upstream, request, response));
    return proxy;
  }

  private async pass(upstream: Credentials, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = 'GET', url = '/' } = request;
    const rule = this.rules.find(({ match, times }) => times !== 0 && match(method, url));
    if (rule) rule.times = (rule.times ?? 1) - 1;
    const body = await readAll(request);
    if (rule?.fault.kind === 'hold') {
      rule.fault.arrived();
      await rule.fault.release;
    }
    const headers = { ...request.headers, host: new URL(lab.apiServer).host };
    const forwarded = httpsRequest(new URL(url, lab.apiServer), { ...upstream, method, headers }, (answer) => {
      if (rule?.fault.kind === 'cut') {
        answer.resume();
        answer.on('end', () => request.socket.destroy());
        return;
      }
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    forwarded.on('error', () => request.socket.destroy());
    // a held request is under way already: it arrives although its sender is gone
    if (!rule) response.on('close', () => forwarded.destroy());
    forwarded.end(body);
  }

  stop(): void {
    this.server.close();
    this.server.closeAllConnections();
  }
}

interface Credentials {
  ca: Buffer;
  cert: Buffer;
  key: Buffer;
}

interface Kubeconfig {
  users: { user: Record<string, string> }[];
}

function credentials(): Credentials {
  const { users } = parse(readFileSync(lab.productKubeconfig, 'utf8')) as Kubeconfig;
  const user = users[0]?.user ?? {};
  const read = (name: string) =>
    user[`${name}-data`] ? Buffer.from(user[`${name}-data`] as string, 'base64') : readFileSync(user[name] as string);
  return { ca: readFileSync(lab.caFile), cert: read('client-certificate'), key: read('client-key') };
}

function config(server: string): object {
  return {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'proxy', cluster: { server, 'insecure-skip-tls-verify': true } }],
    users: [{ name: 'sluice', user: {} }],
    contexts: [{ name: 'proxy', context: { cluster: 'proxy', user: 'sluice' } }],
    'current-context': 'proxy',
  };
}

async function readAll(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
