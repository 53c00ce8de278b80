import { readFileSync } from 'node:fs';
import { parse } from 'yaml';

/** Where an Envoy's admin interface listens. */
export interface AdminAddress {
  host: string;
  port: number;
}

/** Finds the admin address in an Envoy bootstrap file. @throws Error naming the file when it is missing or has none */
export function readBootstrap(file: string): AdminAddress {
  let bootstrap: { admin?: { address?: { socket_address?: { address?: string; port_value?: number } } } } | null;
  try {
    bootstrap = parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new Error(`cannot read the Envoy bootstrap ${file}: ${(error as Error).message}`);
  }
  const socket = bootstrap?.admin?.address?.socket_address;
  if (!socket?.address || !socket.port_value) throw new Error(`${file} has no admin.address.socket_address`);
  return { host: socket.address, port: socket.port_value };
}

/** Envoy's arguments: access logs are flushed quickly, and nothing is shared with another Envoy on the machine. */
export function envoyArguments(bootstrap: string): string[] {
  return [
    ...['-c', bootstrap],
    ...['--log-level', 'warning'],
    ...['--concurrency', '1'],
    ...['--file-flush-interval-msec', '100'],
    '--disable-hot-restart',
  ];
}
