/** From a metric source as it is written to a client: what it names is read. */
import type { ConnectionOptions, ProxyChoice } from '../metrics/connection.ts';
import { Prometheus } from '../metrics/prometheus.ts';
import type { FoundSource } from './installation.ts';
import type { Basic, MetricSource } from './metric-source-schema.ts';
import { readSecret, readText } from './secret.ts';

/** How sentences call a source. */
export function describeSource({ name }: MetricSource): string {
  return name === '' ? 'Prometheus' : `metric source ${name}`;
}

/** Files that it names; when one changes it is opened anew. */
export function filesOf({ login = {}, tls = {}, proxy }: MetricSource): string[] {
  const { bearer, basic, headers = {} } = login;
  const secrets = [bearer, basic?.password, ...Object.values(headers)];
  if (typeof proxy === 'object') secrets.push(proxy.basic?.password);
  const named = secrets.map((one) => (typeof one === 'object' ? one.file : undefined));
  return [...named, tls.ca, tls.certificate, tls.key].filter((file) => file !== undefined);
}

/** @param dir where relative paths begin  @throws Error that says what cannot be read */
export async function openSource(source: FoundSource, dir: string): Promise<Prometheus> {
  const { address, matchers, parameters, warnings } = source;
  const connection = await connectionOf(source, dir);
  return new Prometheus(address, {
    who: describeSource(source),
    connection,
    warnings,
    ...(matchers && { matchers }),
    ...(parameters && { parameters }),
  });
}

/** @param dir where relative paths begin  @throws Error that says what cannot be read */
export async function connectionOf(
  { login, tls = {}, proxy, remoteOnly }: Pick<FoundSource, 'login' | 'tls' | 'proxy' | 'remoteOnly'>,
  dir: string,
): Promise<ConnectionOptions> {
  const read = async (file: string | undefined) => (file === undefined ? undefined : await readText(file, dir));
  const [ca, certificate, key] = await Promise.all([read(tls.ca), read(tls.certificate), read(tls.key)]);
  return {
    headers: await headersOf(login, dir),
    ...{ ca, certificate, key, serverName: tls.serverName },
    ...(proxy && { proxy: await proxyOf(proxy, dir) }),
    remoteOnly,
  };
}

async function headersOf({ bearer, basic, headers = {} }: MetricSource['login'] = {}, dir: string) {
  const read: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers))
    read[name.toLowerCase()] = typeof value === 'string' ? value : await readSecret(value, dir);
  if (bearer) read.authorization = `Bearer ${await readSecret(bearer, dir)}`;
  if (basic) read.authorization = await basicHeader(basic, dir);
  return read;
}

async function proxyOf(proxy: NonNullable<MetricSource['proxy']>, dir: string): Promise<ProxyChoice> {
  if (proxy === 'none') return proxy;
  const { address, basic } = proxy;
  return { address, ...(basic && { authorization: await basicHeader(basic, dir) }) };
}

/** RFC 7617. */
async function basicHeader({ username, password }: Basic, dir: string): Promise<string> {
  return `Basic ${Buffer.from(`${username}:${await readSecret(password, dir)}`).toString('base64')}`;
}
