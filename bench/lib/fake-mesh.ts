/** The series that a mesh would report of the fake node's pods: ten good requests a second each, a fifth of a service's to its canary. */
import { createServer } from 'node:http';
import { PODS_ADDRESS } from '../../lab/prometheus/scrape-config.ts';
import type { FakeNode } from './fake-node.ts';

const PER_SECOND = 10;

/** Answers where Prometheus looks for pods that report; the lab must run without its own `pod-metrics`. */
export async function startFakeMesh(node: FakeNode, signal: AbortSignal): Promise<void> {
  const begun = Date.now();
  const server = createServer((_, response) => {
    const count = Math.floor(((Date.now() - begun) / 1000) * PER_SECOND);
    response.setHeader('content-type', 'text/plain; version=0.0.4').end(series(node, count));
  });
  const [host, port] = PODS_ADDRESS.split(':') as [string, string];
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(Number(port), host, resolve));
  signal.addEventListener('abort', () => server.close(), { once: true });
}

function series(node: FakeNode, count: number): string {
  const lines = ['# TYPE istio_requests_total counter'];
  const callers = new Set<string>();
  for (const { name, namespace, labels } of node.pods) {
    const service = `destination_service_name="${labels.app}",destination_service_namespace="${namespace}"`;
    const workload = `destination_workload="${labels.app}-${labels.version}",destination_workload_namespace="${namespace}"`;
    const said = `${service},${workload},response_code="200",response_flags="-"`;
    lines.push(`istio_requests_total{reporter="destination",pod="${name}",${said}} ${count}`);
    callers.add(said);
  }
  for (const said of callers) {
    const sent = said.includes('-v2",') ? Math.floor(count / 4) : count;
    lines.push(`istio_requests_total{reporter="source",source_workload="load",${said}} ${sent}`);
  }
  return `${lines.join('\n')}\n`;
}
