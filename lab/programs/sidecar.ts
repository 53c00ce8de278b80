import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { Peer } from '../mesh-metrics/peer.ts';
import { type MeshLabels, MeshSeries } from '../mesh-metrics/series.ts';
import { readiness } from './app.ts';
import type { AppState } from './app-state.ts';
import { type Control, parseControl } from './control.ts';
import type { SeenRequest } from './http-server.ts';
import { pathOf } from './request.ts';

const MAX_BODY = 64 * 1024;

/** Counts requests as the Istio sidecar of a destination would. */
export class DestinationMetrics {
  #series = new MeshSeries();
  #peer: Peer;

  constructor(peer: Peer) {
    this.#peer = peer;
  }

  /** Everything that reaches the pod counts, except the kubelet's probes. */
  count(request: SeenRequest): void {
    if (request.probe) return;
    this.#series.observe(destinationLabels(this.#peer, request), request.ms);
  }

  render(): string {
    return this.#series.render();
  }
}

/** Labels of a destination's report; the source is unknown, as it is without mutual TLS and metadata exchange. */
export function destinationLabels(
  peer: Peer,
  { status, grpcStatus }: Pick<SeenRequest, 'status' | 'grpcStatus'>,
): MeshLabels {
  return {
    reporter: 'destination',
    source: null,
    destination: peer,
    service: {
      host: `${peer.service}.${peer.namespace}.svc.cluster.local`,
      name: peer.service,
      namespace: peer.namespace,
    },
    responseCode: status,
    // The caller went away before the answer: by his connection, or with HTTP/2 by a reset of the stream alone.
    responseFlags: status > 0 ? '-' : grpcStatus === undefined ? 'DC' : 'DR',
    ...(grpcStatus !== undefined && { grpcStatus }),
  };
}

/** The sidecar port: GET /metrics (as /stats/prometheus too), GET /ready, GET and POST /control. */
export function sidecarServer(
  state: AppState,
  metrics: DestinationMetrics,
  change: (control: Control) => Promise<void>,
): Server {
  return createServer(async (request, response) => {
    const reply = (status: number, type: string, text: string) =>
      response.writeHead(status, { 'content-type': type }).end(text);
    const json = (status: number, value: unknown) => reply(status, 'application/json', `${JSON.stringify(value)}\n`);
    const path = pathOf(request);
    if (path === '/metrics' || path === '/stats/prometheus')
      return reply(200, 'text/plain; version=0.0.4', metrics.render());
    if (path === '/ready') return json(readiness(state).status, readiness(state).body);
    if (path !== '/control') return json(404, { error: 'known paths are /metrics, /ready and /control' });
    if (request.method !== 'POST') return json(200, state.control);
    try {
      await change(parseControl(await bodyOf(request)));
      return json(200, state.control);
    } catch (error) {
      return json(400, { error: (error as Error).message });
    }
  });
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request.setEncoding('utf8')) {
    text += chunk;
    if (text.length > MAX_BODY) throw new RangeError(`body is longer than ${MAX_BODY} bytes`);
  }
  return text;
}
