import { get } from 'node:http';
import { connect } from 'node:net';
import type { Container, Probe } from './types.ts';

/** Asks once. Never throws: no answer is a failure, with the reason for the pod's condition. */
export type Ask = (timeoutMs: number) => Promise<{ ok: boolean; reason: string }>;

/**
 * What a probe of a container asks.
 * @throws Error for exec and grpc probes and for port names the container does not have
 */
export function probeTarget(probe: Probe, container: Container, address: string): Ask {
  if (probe.httpGet) {
    const { path = '/', port, host, httpHeaders = [] } = probe.httpGet;
    const headers = Object.fromEntries(httpHeaders.map(({ name, value }) => [name, value]));
    return httpTarget({ host: host ?? address, port: portNumber(port, container), path, headers });
  }
  if (probe.tcpSocket) {
    return tcpTarget(probe.tcpSocket.host ?? address, portNumber(probe.tcpSocket.port, container));
  }
  throw new Error(`container ${container.name}: the lab's kubelet knows httpGet and tcpSocket probes only`);
}

/** GET; 200 to 399 is a success, as for the real kubelet. */
export function httpTarget(target: {
  host: string;
  port: number;
  path: string;
  headers?: Record<string, string>;
}): Ask {
  return (timeoutMs) =>
    new Promise((resolve) => {
      const request = get(
        {
          host: target.host,
          port: target.port,
          path: target.path,
          headers: { 'user-agent': 'kube-probe/1.36', connection: 'close', ...target.headers },
          signal: AbortSignal.timeout(timeoutMs),
        },
        (response) => {
          response.resume();
          const status = response.statusCode ?? 0;
          resolve({ ok: status >= 200 && status < 400, reason: `HTTP probe failed with statuscode: ${status}` });
        },
      );
      request.on('error', (error) => resolve({ ok: false, reason: error.message }));
    });
}

/** Connects and hangs up. */
export function tcpTarget(host: string, port: number): Ask {
  return (timeoutMs) =>
    new Promise((resolve) => {
      const socket = connect({ host, port, timeout: timeoutMs });
      const end = (ok: boolean, reason: string) => {
        socket.destroy();
        resolve({ ok, reason });
      };
      socket.once('connect', () => end(true, ''));
      socket.once('timeout', () => end(false, `dial tcp ${host}:${port}: i/o timeout`));
      socket.once('error', (error) => end(false, error.message));
    });
}

function portNumber(port: number | string, container: Container): number {
  if (typeof port === 'number') return port;
  const named = container.ports?.find(({ name }) => name === port);
  if (!named) throw new Error(`container ${container.name} has no port named "${port}"`);
  return named.containerPort;
}
