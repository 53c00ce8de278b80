/** The series that a mesh would report of the fake node's pods: ten good requests a second for each app, split as its route says. */
import { createServer } from 'node:http';
import { PODS_ADDRESS } from '../../lab/prometheus/scrape-config.ts';
import type { ClusterConnection } from '../../src/kubernetes/index.ts';
import type { FakeNode } from './fake-node.ts';
import { canaryWeight } from './observer.ts';

const PER_SECOND = 10;

const ROUTES = { apiVersion: 'networking.istio.io/v1', resource: 'virtualservices', kind: 'VirtualService' };

export class FakeMesh {
  readonly #node: FakeNode;
  /** Share of the canary by `<namespace>/<app>`, percent. */
  readonly #weights = new Map<string, number>();
  /** Requests by the labels of their series. */
  readonly #counts = new Map<string, number>();
  #countedAt = Date.now();

  /** Answers where Prometheus looks for pods that report; the lab must run without its own `pod-metrics`. */
  static async start(node: FakeNode, signal: AbortSignal): Promise<FakeMesh> {
    const mesh = new FakeMesh(node);
    const server = createServer((_, response) => {
      response.setHeader('content-type', 'text/plain; version=0.0.4').end(mesh.#series());
    });
    const [host, port] = PODS_ADDRESS.split(':') as [string, string];
    await new Promise<void>((resolve, reject) => server.once('error', reject).listen(Number(port), host, resolve));
    signal.addEventListener('abort', () => server.close(), { once: true });
    return mesh;
  }

  constructor(node: FakeNode) {
    this.#node = node;
  }

  async follow(client: ClusterConnection, namespace: string, signal: AbortSignal): Promise<void> {
    for await (const routes of client.followAll({ ...ROUTES, namespace }, {}, signal)) {
      for (const route of routes) this.#weights.set(`${namespace}/${route.metadata.name}`, canaryWeight(route) ?? 0);
    }
  }

  #series(): string {
    const seconds = (Date.now() - this.#countedAt) / 1_000;
    this.#countedAt += seconds * 1_000;
    const lines: string[] = [];
    const callers = new Set<string>();
    for (const { name, namespace, labels } of this.#node.pods) {
      const weight = this.#weights.get(`${namespace}/${labels.app}`) ?? 0;
      const requests = (seconds * PER_SECOND * (labels.version === 'v2' ? weight : 100 - weight)) / 100;
      const said =
        `destination_service_name="${labels.app}",destination_service_namespace="${namespace}",` +
        `destination_workload="${labels.app}-${labels.version}",destination_workload_namespace="${namespace}",` +
        'response_code="200",response_flags="-"';
      lines.push(this.#line(`reporter="destination",pod="${name}",${said}`, requests));
      if (callers.has(said)) continue;
      callers.add(said);
      lines.push(this.#line(`reporter="source",source_workload="load",${said}`, requests));
    }
    return `# TYPE istio_requests_total counter\n${lines.join('')}`;
  }

  #line(labels: string, requests: number): string {
    const count = (this.#counts.get(labels) ?? 0) + requests;
    this.#counts.set(labels, count);
    return `istio_requests_total{${labels}} ${Math.floor(count)}\n`;
  }
}
