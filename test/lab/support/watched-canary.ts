/**
 * A canary Deployment that people and Git own (`source: canary`), with `sluice watch` as a process of its own under the rights of
 * deploy/features/watch.yaml and watch-secrets.yaml.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { openSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse, stringify } from 'yaml';
import { deliveryWorkflowId } from '../../../src/contract/ids.ts';
import type { Plan } from '../../../src/contract/plan.ts';
import type { RolloutView } from '../../../src/contract/view.ts';
import { annotation, OFFERED } from '../../../src/kubernetes/objects/annotations.ts';
import type { Deployment } from '../../../src/kubernetes/objects/deployments.ts';
import { loadPlanText } from '../../../src/plan/index.ts';
import { testServer } from '../../support/authority.ts';
import { apply, eventually, getJson, kubectl, lab } from '../../support/lab/cluster.ts';
import { Reviews } from '../../support/lab/reviews.ts';
import { ClusterSluice } from '../../support/lab/sluice.ts';
import { manifestsIn } from '../../support/manifests.ts';

const CLI = fileURLToPath(new URL('../../../src/cli/main.ts', import.meta.url));

interface WatchedOptions {
  /** Of the plan. Default `weights: [100], every: 2s`. */
  shift?: string;
  /** Of the canary. Default 1. */
  replicas?: number;
}

export class WatchedCanary {
  readonly app: Reviews;
  readonly sluice: ClusterSluice;
  readonly plan: Plan;
  watcher: ChildProcess;
  readonly #server = testServer('watcher');

  private constructor(app: Reviews, sluice: ClusterSluice, options: WatchedOptions) {
    this.app = app;
    this.sluice = sluice;
    this.plan = this.#writePlan(options);
    this.#writeInstallations();
    this.watcher = this.watch();
  }

  static async create(label: string, options: WatchedOptions = {}): Promise<WatchedCanary> {
    const [app, sluice] = await Promise.all([Reviews.create(label), ClusterSluice.start()]);
    // whole templates are promoted, see deploy/policies.yaml
    await kubectl('label', 'namespace', app.namespace, 'sluice.dev/templates=any');
    const { namespace } = app;
    await Promise.all([
      applyRights(namespace),
      writeConfig(namespace, 'settings', 'one'),
      writeSecret(namespace, 'hunter2'),
    ]);
    return new WatchedCanary(app, sluice, options);
  }

  async remove(): Promise<void> {
    this.watcher.kill('SIGKILL');
    await this.sluice.stop();
    await this.app.remove();
  }

  watch(): ChildProcess {
    const { app, sluice } = this;
    const log = openSync(this.log, 'a');
    const args = ['watch', '--cluster', sluice.cluster, '--lease', `${app.namespace}/sluice-watcher`];
    this.watcher = spawn(process.execPath, [CLI, ...args, '--installation', `${sluice.installation}.watcher`], {
      stdio: ['ignore', log, log],
      env: {
        ...process.env,
        KUBECONFIG: kubeconfig(app.namespace),
        TEMPORAL_ADDRESS: lab.temporal,
        TEMPORAL_NAMESPACE: sluice.cluster,
        LAB_REVISION_KEY: 'a key that only the workers of a lab have',
      },
    });
    return this.watcher;
  }

  /** File of what the watcher says. */
  get log(): string {
    return join(lab.dir, 'sluice', `${this.sluice.cluster}-watcher.log`);
  }

  /** As Git has it: without replicas. */
  write(image: string, env: { name: string; value: string }[] = []): Promise<void> {
    const labels = { app: 'reviews', version: 'v2' };
    const readinessProbe = { httpGet: { path: '/ready', port: 9080 }, periodSeconds: 1 };
    const envFrom = [{ configMapRef: { name: 'settings' } }, { secretRef: { name: 'login' } }];
    const container = { name: 'reviews', image, ports: [{ containerPort: 9080 }], readinessProbe, envFrom, env };
    const template = { metadata: { labels }, spec: { terminationGracePeriodSeconds: 1, containers: [container] } };
    const metadata = { name: 'reviews-v2', namespace: this.app.namespace };
    const spec = { selector: { matchLabels: labels }, template };
    return apply([{ apiVersion: 'apps/v1', kind: 'Deployment', metadata, spec }]);
  }

  writeConfig(value: string): Promise<void> {
    return writeConfig(this.app.namespace, 'settings', value);
  }

  writeSecret(password: string): Promise<void> {
    return writeSecret(this.app.namespace, password);
  }

  deployment(name: 'reviews-v1' | 'reviews-v2' = 'reviews-v2'): Promise<Deployment & Record<string, unknown>> {
    return getJson(this.app.namespace, 'deployment', name);
  }

  async offers(): Promise<number> {
    return Number(annotation(await this.deployment(), OFFERED)?.split(' ')[0] ?? 0);
  }

  /** Undefined: there was none. */
  rollout(): Promise<string | undefined> {
    return this.sluice
      .view(this.plan)
      .then(({ rollout }) => rollout)
      .catch(() => undefined);
  }

  /** @returns the end of the rollout that a change began, seconds until it had begun, and since when (Unix ms) */
  async rolledOut(change: () => Promise<void>): Promise<{ at: number; seconds: number; view: RolloutView }> {
    const before = await this.rollout();
    await change();
    const at = Date.now();
    await eventually(async () => ((await this.rollout()) ?? before) !== before || undefined, 'a rollout has begun');
    const seconds = (Date.now() - at) / 1000;
    return { at, seconds, view: await this.sluice.result(this.plan) };
  }

  /**
   * Where the time from a change to its rollout went, ms: to the delivery (watch, look, vouch, Temporal), to the rollout's workflow, until a
   * worker began to detect, and what that took.
   */
  async parts(changedAt: number): Promise<Record<'delivery' | 'workflow' | 'queue' | 'detect', number>> {
    const { delivery } = (await this.sluice.view(this.plan)).startedBy;
    const handle = this.sluice.client.workflow.getHandle(deliveryWorkflowId(delivery, this.plan));
    const offered = (await handle.describe()).startTime.getTime();
    const events = (await this.sluice.handle(this.plan).fetchHistory()).events ?? [];
    const at = (one: (typeof events)[number] | undefined) =>
      Number(one?.eventTime?.seconds ?? 0) * 1000 + Number(one?.eventTime?.nanos ?? 0) / 1e6;
    const detect = events.find((one) => one.activityTaskScheduledEventAttributes?.activityType?.name === 'detect');
    const of = (id: unknown) => String(id) === String(detect?.eventId);
    const started = events.find((one) => of(one.activityTaskStartedEventAttributes?.scheduledEventId));
    const done = events.find((one) => of(one.activityTaskCompletedEventAttributes?.scheduledEventId));
    const times = [changedAt, offered, at(events[0]), at(started), at(done)];
    const [, ...spans] = times.map((time, index) => Math.round(time - (times[index - 1] ?? time)));
    const [toDelivery = 0, workflow = 0, queue = 0, detecting = 0] = spans;
    return { delivery: toDelivery, workflow, queue, detect: detecting };
  }

  #writePlan({ shift = 'weights: [100], every: 2s', replicas = 1 }: WatchedOptions): Plan {
    const { namespace } = this.app;
    const text = `apiVersion: sluice.dev/v1alpha1
kind: RolloutPlan
metadata: { name: reviews, namespace: ${namespace} }
spec:
  workload: { primary: reviews-v1, canary: reviews-v2, canaryLabels: { version: v2 }, source: canary }
  traffic:
    routes: [{ kind: VirtualService, name: reviews }]
    primary: { host: reviews, subset: v1 }
    canary: { host: reviews, subset: v2 }
    terminationDrain: 1s
  scale: { canary: { replicas: ${replicas} }, readyTimeout: 30s }
  acceptance: [{ name: health, http: { path: /health } }]
  shift: { ${shift} }
  analysis:
    prometheus: ${lab.prometheus}
    checks: [{ name: success-rate, builtin: requestSuccessRate, min: 99 }]
    failureThreshold: 1
`;
    const loaded = loadPlanText(text, 'reviews.yaml');
    if ('problems' in loaded) throw new Error(JSON.stringify(loaded.problems));
    writeFileSync(join(this.sluice.plans, `${namespace}.yaml`), text);
    return loaded.plan;
  }

  /** The watcher's is the workers', with its key. */
  #writeInstallations(): void {
    const { installation } = this.sluice;
    const { key, text: secret } = this.#server;
    const own = `{ name: watcher, keys: [${key.id}], vouchesFor: { people: [], senders: [git], verbs: [run], plans: ["*/*"] } }`;
    const text = readFileSync(installation, 'utf8')
      .replace('senders: [', 'senders: [{ name: git, plans: ["*/*"], canary: true }, ')
      .replace('servers: [', `servers: [${own}, `);
    writeFileSync(installation, text);
    writeFileSync(`${installation}.key`, secret, { mode: 0o600 });
    writeFileSync(`${installation}.watcher`, `${text}key: { file: "${installation}.key" }\n`);
  }
}

/** The shipped rights, for a ServiceAccount of this namespace. */
function applyRights(namespace: string): Promise<void> {
  const files = ['watch', 'watch-secrets'].map((name) => readFileSync(`deploy/features/${name}.yaml`, 'utf8'));
  const here = (text: string) => text.replaceAll(/namespace: (sluice|demo)$/gm, `namespace: ${namespace}`);
  return apply(files.flatMap((text) => manifestsIn(here(text))));
}

/** Kubeconfig as that ServiceAccount. */
function kubeconfig(namespace: string): string {
  const config = parse(readFileSync(lab.kubeconfig, 'utf8'));
  const absolute = (file: string | undefined) => file && resolve(dirname(lab.kubeconfig), file);
  for (const { cluster } of config.clusters)
    cluster['certificate-authority'] = absolute(cluster['certificate-authority']);
  for (const { user } of config.users) {
    user['client-certificate'] = absolute(user['client-certificate']);
    user['client-key'] = absolute(user['client-key']);
    user.as = `system:serviceaccount:${namespace}:sluice-watcher`;
  }
  const file = join(lab.dir, 'sluice', `${namespace}-kubeconfig`);
  writeFileSync(file, stringify(config));
  return file;
}

function writeConfig(namespace: string, name: string, value: string): Promise<void> {
  return apply([{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace }, data: { value } }]);
}

function writeSecret(namespace: string, password: string): Promise<void> {
  const metadata = { name: 'login', namespace };
  return apply([{ apiVersion: 'v1', kind: 'Secret', metadata, stringData: { password } }]);
}
