/** The forecast service whose users are on v2, and who sends it requests with ids. */

import { randomUUID } from 'node:crypto';
import { Agent, request } from 'node:http';
import { WORKFLOW_QUEUE } from '../../../src/contract/ids.ts';
import { mirrorViewQuery, stopMirrorUpdate } from '../../../src/contract/messages.ts';
import { type MirrorSpec, type MirrorView, mirrorWorkflowId } from '../../../src/contract/mirror.ts';
import { ordered } from '../../support/authority.ts';
import { apply, eventually, getJson, kubectl, lab } from '../../support/lab/cluster.ts';
import { LabApp, program } from '../../support/lab/lab-app.ts';
import type { ClusterSluice } from '../../support/lab/sluice.ts';

interface Rule {
  name?: string;
  mirror?: object;
  [field: string]: unknown;
}

export interface Route {
  metadata: { annotations?: Record<string, string> };
  spec: { http: Rule[] };
}

const ROUTE = 'forecast-route';
let created = 0;

export class Forecast extends LabApp {
  /** @param http rules of the VirtualService; by default everybody is on v2, as in the document */
  static async create(label: string, http: object[] = [onVersion2()]): Promise<Forecast> {
    created += 1;
    const app = new Forecast(`${label}-${process.pid}-${created}`, lab.gateway);
    await apply([{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: app.namespace } }]);
    await apply(app.objects(http));
    for (const version of ['v1', 'v2']) {
      await kubectl('-n', app.namespace, 'rollout', 'status', `deployment/forecast-${version}`, '--timeout=60s');
    }
    await eventually(async () => (await app.ask()).status === 200 || undefined, `${app.host} answers`);
    return app;
  }

  /** The same users for another application. */
  static of({ namespace, gateway }: LabApp): Forecast {
    return new Forecast(namespace, gateway);
  }

  private objects(http: object[]): object[] {
    const at = (name: string) => ({ name, namespace: this.namespace });
    const istio = (kind: string, name: string, spec: object) => ({
      apiVersion: 'networking.istio.io/v1beta1',
      kind,
      metadata: at(name),
      spec,
    });
    const server = { hosts: [this.host], port: { name: 'http', number: 8080, protocol: 'HTTP' } };
    const subsets = ['v1', 'v2'].map((version) => ({ name: version, labels: { version } }));
    return [
      serviceOf(this.namespace, 'forecast'),
      ...['v1', 'v2'].map((version) =>
        program(at(`forecast-${version}`), { app: 'forecast', version }, `forecast:${version}`, { replicas: 1 }),
      ),
      istio('Gateway', 'forecast', { selector: { istio: 'ingressgateway' }, servers: [server] }),
      istio('DestinationRule', 'forecast', { host: 'forecast', subsets }),
      istio('VirtualService', ROUTE, { hosts: [this.host, 'forecast'], gateways: ['forecast', 'mesh'], http }),
    ];
  }

  route(): Promise<Route> {
    return getJson(this.namespace, 'virtualservices.networking.istio.io', ROUTE);
  }

  spec(sluice: ClusterSluice, changes: Partial<MirrorSpec> = {}): MirrorSpec {
    const { namespace } = this;
    return {
      name: 'watch',
      namespace,
      cluster: sluice.cluster,
      route: { kind: 'VirtualService', name: ROUTE, namespace },
      from: { host: 'forecast', subset: 'v2' },
      to: { host: 'forecast', subset: 'v1' },
      percent: 100,
      unsafeMethods: false,
      prometheus: lab.prometheus,
      ...changes,
    };
  }

  /** Requests of users with ids. @returns the ids, and which versions answered */
  async send(
    count: number,
    {
      method = 'GET',
      path = '/',
      headers = {},
    }: { method?: string; path?: string; headers?: Record<string, string> } = {},
  ) {
    const agent = new Agent({ keepAlive: true, maxSockets: 8 });
    const ids = Array.from({ length: count }, () => randomUUID());
    const answers = await Promise.all(ids.map((id) => this.one(agent, id, method, path, headers)));
    agent.destroy();
    return { ids, versions: [...new Set(answers)].sort() };
  }

  private one(
    agent: Agent,
    id: string,
    method: string,
    path: string,
    headers: Record<string, string>,
  ): Promise<string> {
    return new Promise((resolve, reject) => {
      const options = { agent, method, headers: { host: this.host, 'x-probe-id': id, ...headers }, timeout: 10_000 };
      const asked = request(new URL(path, this.gateway), options, (answer) => {
        answer.resume();
        answer.on('end', () => resolve(`${answer.statusCode} ${answer.headers['x-version'] ?? '-'}`));
      });
      asked.on('timeout', () => asked.destroy(new Error('no answer in 10 s')));
      asked.on('error', reject);
      asked.end();
    });
  }

  /** How many of these requests reached a Deployment as copies, once no more arrive. */
  async copies(ids: string[], deployment = 'forecast-v1', from: LabApp = this): Promise<number> {
    const known = new Set(ids);
    const count = () =>
      from.requests(deployment).filter(({ id, kind }) => kind === 'copy' && known.has(id ?? '')).length;
    let seen = -1;
    while (seen !== count()) {
      seen = count();
      await new Promise((resolve) => setTimeout(resolve, 300));
    }
    return seen;
  }
}

function onVersion2(): Rule {
  return {
    timeout: '5s',
    route: [
      { destination: { host: 'forecast', subset: 'v1' }, weight: 0 },
      { destination: { host: 'forecast', subset: 'v2' }, weight: 100 },
    ],
  };
}

export function serviceOf(namespace: string, name: string, annotations: Record<string, string> = {}): object {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace, annotations },
    spec: { selector: { app: name }, ports: [{ name: 'http', port: 9080 }] },
  };
}

/** A mirror as the command line starts it. */
export class ForecastMirror {
  readonly handle;

  private constructor(sluice: ClusterSluice, spec: MirrorSpec) {
    this.handle = sluice.client.workflow.getHandle(mirrorWorkflowId(spec));
  }

  static async start(sluice: ClusterSluice, spec: MirrorSpec): Promise<ForecastMirror> {
    const order = { right: 'mirror', cluster: spec.cluster, person: 'mo', what: spec } as const;
    const options = {
      workflowId: mirrorWorkflowId(spec),
      taskQueue: WORKFLOW_QUEUE,
      args: [{ spec, startedBy: 'mo · cli', statement: await ordered(order, sluice.server) }],
    };
    await sluice.client.workflow.start('mirror', options);
    return new ForecastMirror(sluice, spec);
  }

  /** Started, and on: the mesh has it a moment later. */
  static async on(sluice: ClusterSluice, spec: MirrorSpec): Promise<ForecastMirror> {
    const mirror = await ForecastMirror.start(sluice, spec);
    await mirror.until(({ state }) => state !== 'starting', 'the mirror is on');
    const { state, outcome } = await mirror.view();
    if (state !== 'running') throw new Error(`the mirror did not start: ${outcome?.reason}`);
    await new Promise((resolve) => setTimeout(resolve, 500));
    return mirror;
  }

  view(): Promise<MirrorView> {
    return this.handle.query(mirrorViewQuery);
  }

  until(seen: (view: MirrorView) => boolean, what: string, timeoutMs = 30_000): Promise<MirrorView> {
    return eventually(
      async () => {
        const view = await this.view();
        return seen(view) ? view : undefined;
      },
      what,
      timeoutMs,
    );
  }

  result(): Promise<MirrorView> {
    return this.handle.result() as Promise<MirrorView>;
  }

  async stop(reason?: string): Promise<MirrorView> {
    await this.handle.executeUpdate(stopMirrorUpdate, {
      args: [{ actor: { name: 'mo', channel: 'cli' }, reason }],
    });
    return this.result();
  }
}
