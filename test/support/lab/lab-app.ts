/** What every application of the tests has in common, whatever routes its users: a namespace, a host, pods that can be asked. */
import { request } from 'node:http';
import { join } from 'node:path';
import { type Prober, type ProberOptions, readRequests, startProber } from '../../../lab/prober/index.ts';
import type { Plan } from '../../../src/contract/plan.ts';
import type { KubeObject, Ref } from '../../../src/kubernetes/client/client.ts';
import { connect } from '../../../src/kubernetes/index.ts';
import { getJson, kubectl, lab } from './cluster.ts';

export interface Answered {
  status: number;
  version: string | null;
  /** Name of the pod that answered. */
  pod: string | null;
  /** Values of Set-Cookie. */
  cookies: string[];
}

export interface Weights {
  primary: number;
  canary: number;
  mirror: number;
}

export interface RouteVersion extends Weights {
  /** Epoch ms at which the watch saw it. */
  at: number;
}

let created = 0;

/** One that no other test has. */
export function newNamespace(label: string): string {
  created += 1;
  return `${label}-${process.pid}-${created}`;
}

export class LabApp {
  readonly namespace: string;
  readonly host: string;
  /** Where its users come in. */
  readonly gateway: string;

  constructor(namespace: string, gateway: string) {
    this.namespace = namespace;
    this.host = `${namespace}.example`;
    this.gateway = gateway;
  }

  /** One request of a user. */
  ask(path = '/', headers: Record<string, string> = {}): Promise<Answered> {
    return new Promise((resolve, reject) => {
      const options = { headers: { host: this.host, ...headers }, timeout: 2_000 };
      const asked = request(new URL(path, this.gateway), options, (answer) => {
        answer.resume();
        answer.on('end', () =>
          resolve({
            status: answer.statusCode ?? 0,
            version: (answer.headers['x-version'] as string) ?? null,
            pod: (answer.headers['x-pod'] as string) ?? null,
            cookies: answer.headers['set-cookie'] ?? [],
          }),
        );
      });
      asked.on('timeout', () => asked.destroy(new Error('no answer in 2 s')));
      asked.on('error', reject);
      asked.end();
    });
  }

  /** Steady users, 50 a second unless said otherwise: each request costs about a millisecond of processor. */
  users(options: Partial<ProberOptions> = {}): Prober {
    const out = join(lab.dir, 'probes', `${this.namespace}-${Date.now()}.jsonl`);
    return startProber({ url: `${this.gateway}/`, host: this.host, rate: 50, out, ...options });
  }

  /** What the pods of one Deployment were asked. */
  requests(deployment: string) {
    return readRequests(lab.dir, this.namespace, `${deployment}-`).filter(({ id }) => id !== null);
  }

  /** Changes the behaviour of every pod of one version, in the running programs. */
  async behave(version: string, control: object): Promise<void> {
    const list = await kubectl('-n', this.namespace, 'get', 'pods', '-l', `version=${version}`, '-o', 'json');
    const pods = (JSON.parse(list) as { items: { status: { podIP?: string } }[] }).items;
    const body = JSON.stringify(control);
    await Promise.all(
      pods.flatMap(({ status }) =>
        status.podIP
          ? [fetch(`http://${status.podIP}:15020/control`, { method: 'POST', body }).catch(() => undefined)]
          : [],
      ),
    );
  }

  replicas(deployment: string): Promise<{
    spec: { replicas: number; template: { spec: { containers: { image: string }[] } } };
    status: { readyReplicas?: number };
  }> {
    return getJson(this.namespace, 'deployment', deployment);
  }

  async remove(): Promise<void> {
    await kubectl('delete', 'namespace', this.namespace, '--wait=false');
  }
}

/** A Deployment of one of the lab's programs, ready within a second. */
export function program(
  metadata: { name: string; namespace: string },
  labels: Record<string, string>,
  image: string,
  { replicas = 2, readinessPort = 9080 }: { replicas?: number; readinessPort?: number } = {},
): object {
  const readinessProbe = { httpGet: { path: '/ready', port: readinessPort }, periodSeconds: 1 };
  const container = { name: labels.app, image, ports: [{ containerPort: 9080 }], readinessProbe };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata,
    spec: {
      replicas,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { terminationGracePeriodSeconds: 5, containers: [container] } },
    },
  };
}

/** Every stored version of a route from now on, seen by a watch: none is missed. Versions that read alike count once. */
export function recordVersions<T extends Weights>(
  ref: Ref,
  read: (object: KubeObject) => T,
): { versions: (T & { at: number })[]; stop: () => void } {
  const ended = new AbortController();
  const versions: (T & { at: number })[] = [];
  const watch = async () => {
    for await (const object of connect({ kubeconfig: lab.kubeconfig }).follow(ref, ended.signal)) {
      if (!object) continue;
      const version = { at: Date.now(), ...read(object) };
      const { at: _, ...last } = versions.at(-1) ?? { at: 0 };
      const { at: __, ...now } = version;
      if (JSON.stringify(last) !== JSON.stringify(now)) versions.push(version);
    }
  };
  watch().catch((error) => {
    if (!ended.signal.aborted) throw error;
  });
  return { versions, stop: () => ended.abort() };
}

/** Everything of a plan but its workload and traffic, with intervals of seconds. */
export function planBase(namespace: string): Omit<Plan, 'name' | 'workload' | 'events' | 'traffic'> {
  return {
    namespace,
    scale: { canary: { replicas: 1, matchWeight: true }, primary: {}, readyTimeoutMs: 30_000 },
    acceptance: [
      {
        name: 'health',
        http: { path: '/health', method: 'GET', headers: {}, expect: { status: 200, headers: {} } },
        timeoutMs: 2_000,
      },
    ],
    load: {
      requestsPerSecond: 50,
      durationMs: 2_000,
      path: '/health',
      method: 'GET',
      headers: {},
      expect: { successRate: 99 },
    },
    mirror: { percent: 100, everyMs: 3_000, iterations: 2 },
    shift: { weights: [20, 40, 60, 80, 100], everyMs: 3_000 },
    analysis: {
      prometheus: lab.prometheus,
      checks: [
        { name: 'success-rate', builtin: 'requestSuccessRate', min: 99 },
        { name: 'duration', builtin: 'requestDuration', quantile: 0.99, maxMs: 2_000 },
      ],
      failureThreshold: 2,
      noAnswerLimit: 5,
    },
    onNewRevision: 'supersede',
    notify: [{ email: { to: ['team@example.com'] } }],
    needsYou: { againMs: 1_800_000 },
  };
}
