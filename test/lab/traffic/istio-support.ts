/** Many users at once with headers of their own, and what the gateway's Envoy has taken up of a route. */
import { Agent, type IncomingHttpHeaders, request } from 'node:http';
import { apply, eventually, kubectl, lab } from '../../support/lab/cluster.ts';

export interface GatewayAnswer {
  status: number;
  version: string;
  /** `Set-Cookie` headers. */
  cookies: string[];
  headers: IncomingHttpHeaders;
}

const AT_ONCE = 16;

/** @param cookies one request for each, with that `Cookie` header; undefined: without one */
export async function askAll(host: string, cookies: (string | undefined)[], path = '/'): Promise<GatewayAnswer[]> {
  const agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE });
  const answers: GatewayAnswer[] = [];
  const left = cookies.entries();
  const worker = async () => {
    for (const [index, cookie] of left) answers[index] = await ask(agent, host, path, cookie);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  agent.destroy();
  return answers;
}

/** Clients that nobody knows. */
export const fresh = (count: number): undefined[] => Array.from({ length: count }, () => undefined);

function ask(agent: Agent, host: string, path: string, cookie: string | undefined): Promise<GatewayAnswer> {
  const headers = { host, ...(cookie === undefined ? {} : { cookie }) };
  return new Promise((resolve, reject) => {
    const asked = request(new URL(path, lab.gateway), { agent, headers, timeout: 5_000 }, (answer) => {
      answer.resume();
      answer.on('end', () =>
        resolve({
          status: answer.statusCode ?? 0,
          version: String(answer.headers['x-version'] ?? ''),
          cookies: answer.headers['set-cookie'] ?? [],
          headers: answer.headers,
        }),
      );
    });
    asked.on('timeout', () => asked.destroy(new Error('no answer in 5 s')));
    asked.on('error', reject);
    asked.end();
  });
}

interface EnvoyRoute {
  match: { headers?: unknown[] };
  route?: { cluster?: string; weighted_clusters?: { clusters: { name: string; weight: number }[] } };
}

/**
 * Waits until the gateway's last route for a host sends this share to the canary, and has as many routes as said.
 * @param mark what the canary's clusters are called by, default the subset v2
 */
export async function taken(host: string, canary: number, routes: number, mark = '|v2|'): Promise<void> {
  await eventually(
    async () => {
      const found = await envoyRoutes(host);
      const { route } = found.at(-1) ?? {};
      const clusters = route?.weighted_clusters?.clusters ?? [{ name: route?.cluster ?? '', weight: 100 }];
      const share = clusters.find(({ name }) => name.includes(mark))?.weight ?? 0;
      return found.length === routes && share === canary ? true : undefined;
    },
    `Envoy has ${routes} routes for ${host}, ${canary} % to the canary`,
    10_000,
  );
}

async function envoyRoutes(host: string): Promise<EnvoyRoute[]> {
  const answer = await fetch(`${lab.envoyAdmin.gateway}/config_dump?resource=dynamic_route_configs`);
  const dump = (await answer.json()) as {
    configs: { route_config: { virtual_hosts?: { domains: string[]; routes: EnvoyRoute[] }[] } }[];
  };
  const all = dump.configs.flatMap(({ route_config }) => route_config.virtual_hosts ?? []);
  return all.find(({ domains }) => domains.includes(host))?.routes ?? [];
}

/** The canary of `Reviews`, ready. */
export async function deployCanary(namespace: string, image: string): Promise<void> {
  const labels = { app: 'reviews', version: 'v2' };
  const readinessProbe = { httpGet: { path: '/ready', port: 9080 }, periodSeconds: 1 };
  const container = { name: 'reviews', image, ports: [{ containerPort: 9080 }], readinessProbe };
  const template = { metadata: { labels }, spec: { containers: [container] } };
  await apply([
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'reviews-v2', namespace },
      spec: { replicas: 1, selector: { matchLabels: labels }, template },
    },
  ]);
  await kubectl('-n', namespace, 'rollout', 'status', 'deployment/reviews-v2', '--timeout=60s');
}

/** A Gateway of the lab's gateway with one server. */
export function gateway(namespace: string, server: object, name = 'extra'): object {
  return {
    apiVersion: 'networking.istio.io/v1',
    kind: 'Gateway',
    metadata: { name, namespace },
    spec: { selector: { istio: 'ingressgateway' }, servers: [server] },
  };
}
