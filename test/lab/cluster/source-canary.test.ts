/**
 * `source: canary`: a canary Deployment and what it reads, changed by its owners, with sluice watch as a process of its own under the rights of
 * deploy/features/watch.yaml and watch-secrets.yaml.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { openSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import type { Plan } from '../../../src/contract/plan.ts';
import { annotation, OFFERED } from '../../../src/kubernetes/objects/annotations.ts';
import type { Deployment } from '../../../src/kubernetes/objects/deployments.ts';
import { loadPlanText } from '../../../src/plan/index.ts';
import { testServer } from '../../support/authority.ts';
import { apply, eventually, getJson, kubectl, lab } from '../../support/lab/cluster.ts';
import { Reviews } from '../../support/lab/reviews.ts';
import { ClusterSluice } from '../../support/lab/sluice.ts';
import { manifestsIn } from '../../support/manifests.ts';

const CLI = fileURLToPath(new URL('../../../src/cli/main.ts', import.meta.url));

let app: Reviews;
let sluice: ClusterSluice;
let plan: Plan;
let watcher: ChildProcess;
const server = testServer('watcher');

beforeAll(async () => {
  [app, sluice] = await Promise.all([Reviews.create('source'), ClusterSluice.start()]);
  // whole templates are promoted, see deploy/policies.yaml
  await kubectl('label', 'namespace', app.namespace, 'sluice.dev/templates=any');
  await Promise.all([writeRights(), writeConfig('settings', 'one'), writeSecret('hunter2')]);
  plan = writePlan();
  writeInstallations();
  watcher = watch();
}, 120_000);
afterAll(async () => {
  watcher?.kill('SIGKILL');
  await sluice?.stop();
  await app?.remove();
});

/** The shipped rights, for a ServiceAccount of this namespace. */
async function writeRights(): Promise<void> {
  const files = ['watch', 'watch-secrets'].map((name) => readFileSync(`deploy/features/${name}.yaml`, 'utf8'));
  const objects = files.flatMap((text) =>
    manifestsIn(text.replaceAll(/namespace: (sluice|demo)$/gm, `namespace: ${app.namespace}`)),
  );
  await apply(objects);
}

/** Kubeconfig as that ServiceAccount. */
function kubeconfig(): string {
  const config = parse(readFileSync(lab.kubeconfig, 'utf8'));
  const absolute = (file: string | undefined) => file && resolve(dirname(lab.kubeconfig), file);
  for (const { cluster } of config.clusters)
    cluster['certificate-authority'] = absolute(cluster['certificate-authority']);
  for (const { user } of config.users) {
    user['client-certificate'] = absolute(user['client-certificate']);
    user['client-key'] = absolute(user['client-key']);
    user.as = `system:serviceaccount:${app.namespace}:sluice-watcher`;
  }
  const file = join(lab.dir, 'sluice', `${app.namespace}-kubeconfig`);
  writeFileSync(file, stringify(config));
  return file;
}

function writePlan(): Plan {
  const text = `apiVersion: sluice.dev/v1alpha1
kind: RolloutPlan
metadata: { name: reviews, namespace: ${app.namespace} }
spec:
  workload: { primary: reviews-v1, canary: reviews-v2, canaryLabels: { version: v2 }, source: canary }
  traffic:
    routes: [{ kind: VirtualService, name: reviews }]
    primary: { host: reviews, subset: v1 }
    canary: { host: reviews, subset: v2 }
    terminationDrain: 1s
  scale: { canary: { replicas: 1 }, readyTimeout: 30s }
  acceptance: [{ name: health, http: { path: /health } }]
  shift: { weights: [100], every: 2s }
  analysis:
    prometheus: ${lab.prometheus}
    checks: [{ name: success-rate, builtin: requestSuccessRate, min: 99 }]
    failureThreshold: 1
`;
  const loaded = loadPlanText(text, 'reviews.yaml');
  if ('problems' in loaded) throw new Error(JSON.stringify(loaded.problems));
  writeFileSync(join(sluice.plans, `${app.namespace}.yaml`), text);
  return loaded.plan;
}

/** The watcher's is the workers', with its key. */
function writeInstallations(): void {
  const own = `{ name: watcher, keys: [${server.key.id}], vouchesFor: { people: [], senders: [git], verbs: [run], plans: ["*/*"] } }`;
  const text = readFileSync(sluice.installation, 'utf8')
    .replace('senders: [', 'senders: [{ name: git, plans: ["*/*"], canary: true }, ')
    .replace('servers: [', `servers: [${own}, `);
  writeFileSync(sluice.installation, text);
  writeFileSync(`${sluice.installation}.key`, server.text, { mode: 0o600 });
  writeFileSync(`${sluice.installation}.watcher`, `${text}key: { file: "${sluice.installation}.key" }\n`);
}

function watch(): ChildProcess {
  const log = openSync(join(lab.dir, 'sluice', `${sluice.cluster}-watcher.log`), 'a');
  const args = ['watch', '--cluster', sluice.cluster, '--lease', `${app.namespace}/sluice-watcher`];
  return spawn(process.execPath, [CLI, ...args, '--installation', `${sluice.installation}.watcher`], {
    stdio: ['ignore', log, log],
    env: {
      ...process.env,
      KUBECONFIG: kubeconfig(),
      TEMPORAL_ADDRESS: lab.temporal,
      TEMPORAL_NAMESPACE: sluice.cluster,
      LAB_REVISION_KEY: 'a key that only the workers of a lab have',
    },
  });
}

function writeConfig(name: string, value: string): Promise<void> {
  const metadata = { name, namespace: app.namespace };
  return apply([{ apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { value } }]);
}

function writeSecret(password: string): Promise<void> {
  const metadata = { name: 'login', namespace: app.namespace };
  return apply([{ apiVersion: 'v1', kind: 'Secret', metadata, stringData: { password } }]);
}

/** As Git has it: without replicas. */
function writeCanary(image: string, env: { name: string; value: string }[] = []): Promise<void> {
  const labels = { app: 'reviews', version: 'v2' };
  const readinessProbe = { httpGet: { path: '/ready', port: 9080 }, periodSeconds: 1 };
  const envFrom = [{ configMapRef: { name: 'settings' } }, { secretRef: { name: 'login' } }];
  const container = { name: 'reviews', image, ports: [{ containerPort: 9080 }], readinessProbe, envFrom, env };
  const template = { metadata: { labels }, spec: { terminationGracePeriodSeconds: 1, containers: [container] } };
  return apply([
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'reviews-v2', namespace: app.namespace },
      spec: { selector: { matchLabels: labels }, template },
    },
  ]);
}

const canary = () => getJson<Deployment & Record<string, unknown>>(app.namespace, 'deployment', 'reviews-v2');
const offers = async () => Number(annotation(await canary(), OFFERED)?.split(' ')[0] ?? 0);
const rollout = () =>
  sluice
    .view(plan)
    .then(({ rollout }) => rollout)
    .catch(() => undefined);

/** @returns seconds from the change to a rollout that has begun with it, and its end */
async function rolledOut(change: () => Promise<void>) {
  const before = await rollout();
  await change();
  const at = Date.now();
  await eventually(async () => ((await rollout()) ?? before) !== before || undefined, 'a rollout has begun');
  const seconds = (Date.now() - at) / 1000;
  return { seconds, view: await sluice.result(plan) };
}

test('a canary that is there with pods goes to zero, and is rolled out', async () => {
  const users = app.users({ rate: 20 });
  const { view } = await rolledOut(() => writeCanary('reviews:v2'));
  expect(view.outcome).toMatchObject({ kind: 'promoted' });
  expect((await users.stop()).failed).toBe(0);
  const { spec } = await app.replicas('reviews-v1');
  expect(spec.template.spec.containers[0]?.image).toMatch(/^reviews:v2/);
  expect((await canary()).spec.replicas).toBe(0);
  expect(await offers()).toBe(1);
}, 120_000);

test('image, template, ConfigMap and Secret: each change is a rollout', async () => {
  const users = app.users({ rate: 20 });
  const seconds: Record<string, number> = {};
  for (const [what, change] of Object.entries({
    image: () => writeCanary('reviews:v3'),
    template: () => writeCanary('reviews:v3', [{ name: 'SPEED', value: 'high' }]),
    ConfigMap: () => writeConfig('settings', 'two'),
    Secret: () => writeSecret('hunter3'),
  })) {
    const ended = await rolledOut(change);
    expect(ended.view.outcome, what).toMatchObject({ kind: 'promoted' });
    seconds[what] = ended.seconds;
  }
  console.log('from change to rollout, s:', JSON.stringify(seconds));
  expect((await users.stop()).failed).toBe(0);
  expect(await offers()).toBe(5);
  // what may not be watched would be seen after half a minute
  for (const [what, took] of Object.entries(seconds)) expect(took, what).toBeLessThan(15);
}, 240_000);

test('a version that failed stays where it is and starts nothing, also by a watcher that comes anew', async () => {
  const users = app.users({ rate: 20 });
  const { view } = await rolledOut(() => writeCanary('reviews:v3-never-ready'));
  expect(view.outcome).toMatchObject({ kind: 'failed' });
  const before = [await rollout(), await offers()];
  watcher.kill('SIGKILL');
  watcher = watch();
  // another change shows that it watches; what does not change the revision is none
  await kubectl('-n', app.namespace, 'label', 'deployment', 'reviews-v2', 'seen=yes');
  await sleep(20_000);
  expect([await rollout(), await offers()]).toEqual(before);
  expect((await users.stop()).failed).toBe(0);
}, 120_000);

test('ten changes in a row, with the watcher killed among them: the last one is promoted', async () => {
  const users = app.users({ rate: 20 });
  for (let n = 1; n <= 10; n += 1) {
    await writeCanary('reviews:v4', [{ name: 'N', value: String(n) }]);
    if (n === 5) watcher.kill('SIGKILL');
    if (n === 8) watcher = watch();
    await sleep(700);
  }
  const isLast = (one: Deployment) =>
    JSON.stringify(one.spec.template.spec.containers[0]?.env) === JSON.stringify([{ name: 'N', value: '10' }]);
  await eventually(
    async () =>
      isLast(await getJson<Deployment & Record<string, unknown>>(app.namespace, 'deployment', 'reviews-v1')) ||
      undefined,
    'the last one is promoted',
    120_000,
  );
  expect((await sluice.result(plan)).outcome).toMatchObject({ kind: 'promoted' });
  expect((await canary()).spec.replicas).toBe(0);
  expect((await users.stop()).failed).toBe(0);
}, 200_000);

test('an old version that is applied again is rolled out again, and one that the primary has is not', async () => {
  const users = app.users({ rate: 20 });
  const { view } = await rolledOut(() => writeCanary('reviews:v3'));
  expect(view.outcome).toMatchObject({ kind: 'promoted' });
  const [before, count] = [await rollout(), await offers()];
  await writeCanary('reviews:v3', [{ name: 'N', value: '11' }]);
  await eventually(async () => (await rollout()) !== before || undefined, 'it has begun');
  await writeCanary('reviews:v3');
  await eventually(async () => (await offers()) >= count + 2 || undefined, 'it was offered again', 120_000);
  await eventually(async () => (await canary()).spec.replicas === 0 || undefined, 'the canary is at rest', 60_000);
  const { spec } = await app.replicas('reviews-v1');
  expect(JSON.stringify(spec)).not.toContain('"11"');
  expect((await users.stop()).failed).toBe(0);
}, 200_000);
