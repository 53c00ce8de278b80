import { resolve } from 'node:path';
import type { MetricReference } from '../contract/analysis.ts';
import { type Failed, failed } from '../metrics/answer.ts';
import { NO_METRICS } from '../metrics/no-metrics.ts';
import type {
  OpenMetrics,
  Prometheus,
  PrometheusClient,
  QueryOptions,
  QueryOutcome,
  Range,
  RangeOutcome,
  SourceLabels,
} from '../metrics/prometheus.ts';
import { SharedQueries } from '../metrics/shared-queries.ts';
import type { InstallationFile } from './file.ts';
import { fileState } from './file-state.ts';
import { type FoundSource, findSource } from './installation.ts';
import { describeSource, filesOf, openSource } from './open-source.ts';

/** One client per source or address, for as long as the process lives. */
export function metricSources(installation: InstallationFile): OpenMetrics {
  const clients = new Map<string, PrometheusClient>();
  return ({ source, prometheus }) => {
    if (source === undefined && prometheus === undefined) return NO_METRICS;
    const key = JSON.stringify([source, prometheus]);
    const client = clients.get(key) ?? new SharedQueries(new SourceClient({ source, prometheus }, installation));
    clients.set(key, client);
    return client;
  };
}

type Opened = Prometheus | Failed;

/** Looks at each query whether the source, or a file that it names, is another one now. */
class SourceClient implements PrometheusClient {
  readonly #reference: MetricReference;
  readonly #installation: InstallationFile;
  #opened: { state: string; client: Promise<Opened> } | undefined;

  constructor(reference: MetricReference, installation: InstallationFile) {
    this.#reference = reference;
    this.#installation = installation;
  }

  get labelNames(): SourceLabels | undefined {
    const found = findSource(this.#reference, this.#installation.known);
    return 'address' in found ? found.labels : undefined;
  }

  query(promql: string, options?: QueryOptions): Promise<QueryOutcome> {
    return this.#with((client) => client.query(promql, options));
  }

  queryRange(promql: string, range: Range, signal?: AbortSignal): Promise<RangeOutcome> {
    return this.#with((client) => client.queryRange(promql, range, signal));
  }

  async #with<Answer>(ask: (client: Prometheus) => Promise<Answer>): Promise<Answer | Failed> {
    const client = await this.#client();
    return 'ok' in client ? client : ask(client);
  }

  async #client(): Promise<Opened> {
    const installation = await this.#installation.current();
    const found = findSource(this.#reference, installation);
    if (!('address' in found)) return failed('source', `${found.message}: ${found.remedy}`);
    const { dir = '.' } = installation;
    const files = await Promise.all(filesOf(found).map((file) => fileState(resolve(dir, file))));
    const state = JSON.stringify([found, dir, files]);
    if (this.#opened?.state !== state) {
      this.#opened?.client.then((old) => ('ok' in old ? undefined : old.close()));
      this.#opened = { state, client: open(found, dir) };
    }
    return this.#opened.client;
  }
}

async function open(source: FoundSource, dir: string): Promise<Opened> {
  return openSource(source, dir).catch((error: Error) =>
    failed('login', `${describeSource(source)} cannot be asked: ${error.message}`),
  );
}
