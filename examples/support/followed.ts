import { setTimeout as sleep } from 'node:timers/promises';

const LOOK_MS = 50;
const LONGEST_MS = 3_000;
/** From a new route table to its use. */
const SETTLE_MS = 200;

/** Whose routes of which Envoy. */
export interface RouteTable {
  /** Its admin page. */
  admin: string;
  /** Namespace of the services that the routes lead to: others may change theirs at any time. */
  namespace: string;
}

/** Writes routes and waits until the Envoy's table of this namespace is another one, at most three seconds. */
export async function followed(table: RouteTable, signal: AbortSignal, write: () => Promise<unknown>): Promise<void> {
  const before = await routesOf(table, signal);
  await write();
  const end = Date.now() + LONGEST_MS;
  while ((await routesOf(table, signal)) === before && Date.now() < end) {
    await sleep(LOOK_MS, undefined, { signal });
  }
  await sleep(SETTLE_MS, undefined, { signal });
}

interface RouteConfigs {
  configs?: { route_config?: { virtual_hosts?: object[] } }[];
}

/** The virtual hosts that lead to the namespace, as one text. Format: envoyproxy.io, "Administration interface", config_dump. */
async function routesOf({ admin, namespace }: RouteTable, signal: AbortSignal): Promise<string> {
  const timeout = AbortSignal.any([signal, AbortSignal.timeout(2_000)]);
  const response = await fetch(`${admin}/config_dump?resource=dynamic_route_configs`, { signal: timeout });
  const { configs = [] } = (await response.json()) as RouteConfigs;
  const hosts = configs.flatMap((config) => config.route_config?.virtual_hosts ?? []);
  return hosts
    .map((host) => JSON.stringify(host))
    .filter((text) => text.includes(`.${namespace}.svc.`))
    .join('\n');
}
