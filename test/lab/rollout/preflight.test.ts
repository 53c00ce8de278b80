/** Step 1 on a real API server with a policy, and `sluice doctor` on a service of the mesh. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { apply, eventually, kubectl, lab } from '../../support/lab/cluster.ts';
import { Reviews } from '../../support/lab/reviews.ts';
import { ClusterSluice } from '../../support/lab/sluice.ts';

let app: Reviews;
let sluice: ClusterSluice;

beforeAll(async () => {
  [app, sluice] = await Promise.all([
    Reviews.create('preflight', { autoscaler: { min: 2, max: 4 } }),
    ClusterSluice.start(),
  ]);
});

afterAll(async () => {
  await kubectl(
    'delete',
    'validatingadmissionpolicy,validatingadmissionpolicybinding',
    policyName(),
    '--ignore-not-found',
  );
  await sluice?.stop();
  await app?.remove();
});

function policyName(): string {
  return `no-canary-${app.namespace}`;
}

/** Nobody but the platform's own people may give a second destination users: step 12 will be refused. */
async function police(): Promise<void> {
  const api = { apiVersion: 'admissionregistration.k8s.io/v1', metadata: { name: policyName() } };
  const expression =
    'object.spec.http.all(rule, !has(rule.route) || rule.route.all(one, one.destination.subset != "v2" || !has(one.weight) || one.weight == 0))';
  await apply([
    {
      ...api,
      kind: 'ValidatingAdmissionPolicy',
      spec: {
        failurePolicy: 'Fail',
        matchConstraints: {
          namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': app.namespace } },
          resourceRules: [
            {
              apiGroups: ['networking.istio.io'],
              apiVersions: ['*'],
              operations: ['UPDATE'],
              resources: ['virtualservices'],
            },
          ],
        },
        validations: [{ expression, message: 'users of v2 need a ticket' }],
      },
    },
    {
      ...api,
      kind: 'ValidatingAdmissionPolicyBinding',
      spec: { policyName: policyName(), validationActions: ['Deny'] },
    },
  ]);
  const users = [
    { op: 'add', path: '/spec/http/0/route/-', value: { destination: { host: 'reviews', subset: 'v2' }, weight: 1 } },
  ];
  const tried = () =>
    kubectl(
      '-n',
      app.namespace,
      'patch',
      'virtualservice',
      'reviews',
      '--type=json',
      '--dry-run=server',
      '-p',
      JSON.stringify(users),
    );
  await eventually(
    () =>
      tried().then(
        () => undefined,
        () => true,
      ),
    'the policy is in force',
  );
}

/** Name and resourceVersion of everything that a rollout writes. */
async function objects(): Promise<string[]> {
  const kinds = 'deployments,horizontalpodautoscalers,virtualservices,controllerrevisions,services,destinationrules';
  const path = '{range .items[*]}{.kind}/{.metadata.name} {.metadata.generation} {.metadata.annotations}{"\\n"}{end}';
  return (await kubectl('-n', app.namespace, 'get', kinds, '-o', `jsonpath=${path}`)).trim().split('\n');
}

function doctor(plan: object, ...args: string[]) {
  const file = join(mkdtempSync(join(tmpdir(), 'doctor-')), 'plan.yaml');
  writeFileSync(file, stringify(plan));
  return sluice.cli('doctor', file, '--kubeconfig', lab.productKubeconfig, '--image', 'reviews:v2', ...args);
}

/** The plan as people write it. */
function written(namespace: string) {
  return {
    apiVersion: 'sluice.dev/v1alpha1',
    kind: 'RolloutPlan',
    metadata: { name: 'reviews', namespace },
    spec: {
      workload: { primary: 'reviews-v1', canary: 'reviews-v2', canaryLabels: { version: 'v2' } },
      events: [{ image: 'reviews' }],
      traffic: {
        routes: [{ kind: 'VirtualService', name: 'reviews' }],
        primary: { host: 'reviews', subset: 'v1' },
        canary: { host: 'reviews', subset: 'v2' },
      },
      scale: { canary: { replicas: 1, autoscaler: { min: 1, max: 4 } } },
      mirror: { every: '10s', iterations: 1 },
      shift: { weights: [20, 100], every: '10s' },
      analysis: {
        prometheus: lab.prometheus,
        checks: [
          { name: 'success-rate', builtin: 'requestSuccessRate', min: 99 },
          { name: 'duration', builtin: 'requestDuration', max: '500ms' },
        ],
      },
    },
  };
}

test('a service of the mesh is fine, with its numbers', async () => {
  const users = app.users({ rate: 50 });
  await eventually(
    async () => (await doctor(written(app.namespace))).stdout.includes('requests a second') || undefined,
    'numbers',
  );
  await new Promise((resolve) => setTimeout(resolve, 3_000));
  const before = await objects();
  const { code, stdout } = await doctor(written(app.namespace));
  await users.stop();
  console.info(stdout);
  expect(code).toBe(0);
  expect(await objects()).toEqual(before);
  for (const said of [
    /^ {2}✔ Deployment \S+\/reviews-v1 runs reviews:v1, 2 of 2 pods ready$/m,
    /the users are at: primary 100 %, canary 0 %/,
    /\d+ kinds of write are admitted/,
    /istio_requests_total of 2 pods: \d+(\.\d+)? requests/,
    /scraped every 1(\.\d)? s/,
    /20 %: at [\d.]+ requests a second the canary gets about [\d.]+ in an/,
    /^A rollout of \S+\/reviews could start/m,
  ])
    expect(stdout).toMatch(said);
});

test('a policy that will refuse step 12 is found at the start, and nothing has changed', async () => {
  await police();
  const before = await objects();
  const answer = await sluice.deliver(app.plan(), 'reviews:v2');
  console.info(JSON.stringify(answer.problems, null, 2));
  expect(answer).toMatchObject({
    status: 'rejected',
    problems: [
      {
        where: `VirtualService ${app.namespace}/reviews`,
        problem: expect.stringMatching(
          /^step 12, route live traffic to the canary \(primary 80 %, canary 20 %\) would be refused: .*users of v2 need a ticket$/,
        ),
        remedy: expect.stringContaining('let that policy or webhook allow it'),
      },
    ],
  });
  expect(await objects()).toEqual(before);
  const asked = await doctor(written(app.namespace), '-o', 'json');
  expect(asked.code).toBe(12);
  expect(JSON.parse(asked.stdout)).toMatchObject({ verdict: 'refused', plan: `${app.namespace}/reviews` });
});
