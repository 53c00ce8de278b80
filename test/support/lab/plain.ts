/** A shop without a mesh: one Service whose selector is the route, and callers that know nothing but its address. */
import { type ServiceProxy, startServiceProxy } from '../../../lab/service-proxy/index.ts';
import type { SeriesPlan } from '../../../src/contract/analysis.ts';
import type { Plan } from '../../../src/contract/plan.ts';
import { apply, eventually, getJson, kubectl, lab } from './cluster.ts';
import { LabApp, planBase, program, recordVersions, type Weights } from './lab-app.ts';

/** What pods of the lab count themselves, as any application would. */
const SERIES: SeriesPlan = {
  kind: 'app',
  requests: 'istio_requests_total',
  code: 'response_code',
  durations: 'istio_request_duration_milliseconds',
  unit: 'ms',
  matchers: { reporter: 'destination' },
};

let created = 0;

export class PlainShop extends LabApp {
  #proxy: ServiceProxy | undefined;

  /** Namespace, Deployment, Service and whoever carries its traffic; resolves when users can be served. */
  static async create(label: string, replicas: number, image = 'shop:v1'): Promise<PlainShop> {
    created += 1;
    const namespace = `${label}-${process.pid}-${created}`;
    // below 10.96.1.0 addresses are left for those who ask for one
    const clusterIP = `10.96.0.${64 + ((process.pid + created) % 160)}`;
    const app = new PlainShop(namespace, `http://${clusterIP}:9080`);
    const at = (name: string) => ({ name, namespace });
    const labels = { 'sluice.dev/services': 'routes' };
    await apply([{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace, labels } }]);
    const spec = { clusterIP, selector: { app: 'shop', version: 'v1' }, ports: [{ name: 'http', port: 9080 }] };
    await apply([
      { apiVersion: 'v1', kind: 'Service', metadata: at('shop'), spec },
      program(at('shop-v1'), { app: 'shop', version: 'v1' }, image, { replicas }),
    ]);
    app.#proxy = await startServiceProxy(lab.kubeconfig, namespace, 'shop');
    await kubectl('-n', namespace, 'rollout', 'status', 'deployment/shop-v1', '--timeout=60s');
    await eventually(async () => (await app.ask()).status === 200 || undefined, `${app.gateway} answers`);
    return app;
  }

  service(): Promise<ServiceObject> {
    return getJson(this.namespace, 'service', 'shop');
  }

  /** Every stored version of the Service from now on. */
  recordRoute() {
    const ref = { apiVersion: 'v1', resource: 'services', kind: 'Service', namespace: this.namespace, name: 'shop' };
    return recordVersions(ref, (object) => selected(object as unknown as ServiceObject));
  }

  /** A plan with intervals of seconds; `changes` replace whole sections. */
  plan(mode: 'switch' | 'pods', changes: Partial<Plan> = {}): Plan {
    const { namespace } = this;
    const { mirror: _, ...base } = planBase(namespace);
    return {
      ...base,
      name: 'shop',
      workload: { primary: 'shop-v1', canary: 'shop-v2', canaryLabels: { version: 'v2' }, adoptRunning: false },
      events: [{ image: 'shop' }],
      traffic: {
        routes: [{ kind: 'Service', name: 'shop', namespace }],
        mode,
        primary: { host: 'shop' },
        canary: { host: 'shop' },
        terminationDrainMs: 2_000,
        allowUngoverned: false,
      },
      shift: { weights: mode === 'switch' ? [100] : [20, 50, 100], everyMs: 3_000 },
      analysis: { ...base.analysis, series: SERIES },
      ...changes,
    };
  }

  override async remove(): Promise<void> {
    await this.#proxy?.close();
    await super.remove();
  }
}

export interface ServiceObject {
  metadata: { annotations?: Record<string, string> };
  spec: { selector: Record<string, string> };
}

/** `version`: the label that tells the sides apart, as the selector has it. */
export interface Selected extends Weights {
  version: string;
}

function selected({ spec: { selector }, metadata: { annotations = {} } }: ServiceObject): Selected {
  const { version = 'both' } = selector;
  const share = JSON.parse(annotations['sluice.dev/share'] ?? '{"canary":0}') as { canary: number };
  return { version, primary: 100 - share.canary, canary: share.canary, mirror: 0 };
}
