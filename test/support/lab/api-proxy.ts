/** Stands between Sluice and the API server: what a {@link FaultProxy} can break, and the kubeconfig that leads through it. */
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import type { Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { lab } from './cluster.ts';
import { FaultProxy, listening, type Upstream } from './fault-proxy.ts';

export class ApiProxy extends FaultProxy {
  /** Kubeconfig of Sluice's own user through the proxy. */
  readonly kubeconfig: string;

  private constructor(server: Server, upstream: Upstream, random: () => number) {
    super(server, upstream, random);
    this.kubeconfig = join(mkdtempSync(join(tmpdir(), 'sluice-proxy-')), 'kubeconfig');
    writeFileSync(this.kubeconfig, JSON.stringify(config(this.url)));
  }

  static async start(random: () => number = Math.random): Promise<ApiProxy> {
    return new ApiProxy(await listening(), { url: lab.apiServer, tls: credentials() }, random);
  }
}

interface Kubeconfig {
  users: { user: Record<string, string> }[];
}

function credentials(): NonNullable<Upstream['tls']> {
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
