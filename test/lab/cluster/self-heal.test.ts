/** Git tools that put back what Git has, against whole rollouts: with the rules that the product prints, and without. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import type { Section } from '../../../src/contract/preflight.ts';
import type { KubeObject } from '../../../src/kubernetes/client/client.ts';
import { autoscalerRef, deploymentRef } from '../../../src/kubernetes/objects/refs.ts';
import { loadPlanText } from '../../../src/plan/index.ts';
import { ArgoCd } from '../../support/lab/argo-cd.ts';
import { eventually, getJson, kubectl, lab } from '../../support/lab/cluster.ts';
import { Flux } from '../../support/lab/flux.ts';
import type { GitObject, GitOps } from '../../support/lab/git-ops.ts';
import type { LabApp } from '../../support/lab/lab-app.ts';
import { record } from '../../support/lab/record.ts';
import { Reviews } from '../../support/lab/reviews.ts';
import { Shop } from '../../support/lab/shop.ts';
import { ClusterSluice } from '../../support/lab/sluice.ts';

const LATER = { tags: ['repeat'], timeout: 300_000 };

let sluice: ClusterSluice;

beforeAll(async () => {
  sluice = await ClusterSluice.start();
});

afterAll(() => sluice?.stop());

/** How a tool is started, and how what is printed of it becomes its settings. */
interface Tool {
  start(git: GitObject[]): Promise<GitOps>;
  /** The sentence of the warning that is about it. */
  said: RegExp;
  obey(tool: GitOps, sentence: string): void;
}

/** The JSON list that follows. */
const listAfter = (sentence: string, what: string) => {
  const from = sentence.indexOf(what) + what.length;
  const found = /^(\[\{.*?\}\])(?: and | \(|;|$)/.exec(sentence.slice(from))?.[1];
  return JSON.parse(found ?? `no ${what} in: ${sentence}`);
};

const ARGO: Tool = {
  start: async (git) => new ArgoCd(git),
  said: /Argo CD's Application shop takes back what a rollout writes/,
  obey: (tool, sentence) => {
    const options = /syncOptions: \[([^\]]*)\]/.exec(sentence)?.[1]?.split(', ') ?? [];
    const ignoreDifferences = listAfter(sentence, 'spec.ignoreDifferences: ');
    (tool as ArgoCd).rules = { ignoreDifferences, syncOptions: options };
  },
};

const FLUX: Tool = {
  start: (git) => Flux.start(git),
  said: /Flux's Kustomization flux-system\/shop takes back what a rollout writes/,
  obey: (tool, sentence) => {
    (tool as Flux).rules = listAfter(sentence, 'spec.ignore: ');
  },
};

/** What of the application is in Git, and the part of the plan that is about it. */
interface Service {
  app: LabApp;
  name: 'reviews' | 'shop';
  route: 'VirtualService' | 'HTTPRoute';
  plan: { routes: object[]; primary: object; canary: object };
}

const VIRTUAL_SERVICE = {
  routes: [{ kind: 'VirtualService', name: 'reviews' }],
  primary: { host: 'reviews', subset: 'v1' },
  canary: { host: 'reviews', subset: 'v2' },
};

/** A rule that sends nobody to any pod is in many files of Git. */
const MOVED = { name: 'static', match: [{ uri: { prefix: '/old' } }], redirect: { uri: '/' } };

/** With a place for the canary in Git: weights and mirrors alone are the rollout's, the rest is Git's. */
async function placed(label: string): Promise<Service> {
  const app = await Reviews.create(label, { autoscaler: { min: 2, max: 4 }, otherRoutes: [MOVED] });
  const entry = { destination: { host: 'reviews', subset: 'v2' }, weight: 0 };
  const patch = JSON.stringify([{ op: 'add', path: '/spec/http/1/route/-', value: entry }]);
  await kubectl('-n', app.namespace, 'patch', 'virtualservice', 'reviews', '--type=json', '-p', patch);
  return { app, name: 'reviews', route: 'VirtualService', plan: VIRTUAL_SERVICE };
}

/** Without: entries come and go, so the whole list is the rollout's. */
async function unplaced(label: string): Promise<Service> {
  const app = await Reviews.create(label, { autoscaler: { min: 2, max: 4 } });
  return { app, name: 'reviews', route: 'VirtualService', plan: VIRTUAL_SERVICE };
}

async function placedShop(label: string): Promise<Service> {
  const [primary, canary] = ['shop-primary', 'shop-canary'].map((name) => ({ name, port: 9080 }));
  const redirect = { type: 'RequestRedirect', requestRedirect: { hostname: 'shop.example', statusCode: 301 } };
  const app = await Shop.create(label, {
    backendRefs: [
      { ...primary, weight: 100 },
      { ...canary, weight: 0 },
    ],
    otherRules: [{ matches: [{ path: { type: 'PathPrefix', value: '/old' } }], filters: [redirect] }],
  });
  const sides = { primary: { service: 'shop-primary', port: 9080 }, canary: { service: 'shop-canary', port: 9080 } };
  return { app, name: 'shop', route: 'HTTPRoute', plan: { routes: [{ kind: 'HTTPRoute', name: 'shop' }], ...sides } };
}

/** As a person writes it. */
function planText({ app, name, route, plan }: Service): string {
  const autoscaler = route === 'VirtualService';
  return stringify({
    apiVersion: 'sluice.dev/v1alpha1',
    kind: 'RolloutPlan',
    metadata: { name, namespace: app.namespace },
    spec: {
      workload: { primary: `${name}-v1`, canary: `${name}-v2`, canaryLabels: { version: 'v2' } },
      events: [{ image: name }],
      traffic: { ...plan, terminationDrain: '2s' },
      scale: {
        canary: { replicas: 1, ...(autoscaler && { autoscaler: { min: 1, max: 4 } }) },
        ...(autoscaler && { primary: { autoscaler: { min: 3, max: 6 } } }),
        readyTimeout: '30s',
      },
      mirror: { every: '2s', iterations: 1 },
      shift: { weights: [50, 100], every: '3s' },
      analysis: {
        prometheus: lab.prometheus,
        checks: [{ name: 'success-rate', builtin: 'requestSuccessRate', min: 99 }],
      },
    },
  });
}

/** What Git has is what is there. */
async function inGit({ app, name, route }: Service): Promise<GitObject[]> {
  const kinds = ['Deployment', route, ...(route === 'VirtualService' ? ['HorizontalPodAutoscaler'] : [])];
  return Promise.all(
    kinds.map(async (kind) => {
      const own = kind === route ? name : `${name}-v1`;
      const { apiVersion, spec } = await getJson<GitObject>(app.namespace, kind, own);
      return { apiVersion, kind, metadata: { name: own, namespace: app.namespace }, spec };
    }),
  );
}

/** A service whose objects a tool keeps, under users, at rest. */
async function kept(service: Service, { start }: Tool) {
  const text = planText(service);
  const loaded = loadPlanText(text, 'plan.yaml');
  if ('problems' in loaded) throw new Error(JSON.stringify(loaded.problems));
  const git = await inGit(service);
  const tool = await start(git);
  await eventually(() => tool.changes.length >= git.length || undefined, 'each object is its own');
  await sleep(2_000);
  expect(tool.changes.length).toBe(git.length);
  tool.changes.length = 0;
  const { plan } = loaded;
  return { ...service, text, plan, tool, users: service.app.users() };
}

type Kept = Awaited<ReturnType<typeof kept>>;

/** What the doctor says of the tool, as anybody would ask for it. */
async function doctor({ text, name }: Kept, { said }: Tool): Promise<string> {
  const file = join(mkdtempSync(join(tmpdir(), 'doctor-')), 'plan.yaml');
  writeFileSync(file, text);
  const asked = await sluice.cli(
    ...['doctor', file, '--kubeconfig', lab.productKubeconfig, '--image', `${name}:v2`, '-o', 'json'],
  );
  const { sections } = JSON.parse(asked.stdout) as { sections: Section[] };
  const sentences = sections.flatMap(({ warnings }) => warnings).filter((one) => said.test(one));
  expect(sentences).toHaveLength(1);
  return sentences[0] ?? '';
}

/** Every image, every number of pods at least and every weight that was stored, in order. */
function recorded({ app, name, route }: Kept) {
  const images = record(deploymentRef(app.namespace, `${name}-v1`), (object) => imageOf(object));
  const bounds = record(autoscalerRef(app.namespace, `${name}-v1`), ({ spec }) => (spec as Json).minReplicas);
  const routes = (app as Reviews | Shop).recordRoute();
  return {
    images: () => steps(images.seen.map(({ value }) => value)),
    bounds: () => steps(bounds.seen.map(({ value }) => value)),
    weights: () => steps(routes.versions.map(({ canary }) => canary)),
    route,
    stop: () => [images, bounds, routes].map((one) => one.stop()),
  };
}

type Json = Record<string, unknown>;

function imageOf({ spec }: KubeObject): string {
  const { template } = spec as { template: { spec: { containers: { image: string }[] } } };
  return template.spec.containers[0]?.image.split('@')[0] ?? '';
}

const steps = <T>(values: T[]) => values.filter((value, index) => value !== values[index - 1]);

/** The rollout's own way through every number, and nobody else's. */
function expectUndisturbed({ name, route }: Kept, seen: ReturnType<typeof recorded>): void {
  expect(seen.images()).toEqual([`${name}:v1`, `${name}:v2`]);
  expect(seen.weights()).toEqual([0, 50, 100, 0]);
  if (route === 'VirtualService') expect(seen.bounds()).toEqual([2, 3]);
}

/** A change of Git that is no part of a rollout arrives, and brings nothing else along. */
async function push({ tool, app, name }: Kept): Promise<void> {
  tool.changes.length = 0;
  tool.git = tool.git.map((one) =>
    one.kind === 'Deployment' ? { ...one, spec: { ...one.spec, progressDeadlineSeconds: 599 } } : one,
  );
  const deadline = async () =>
    ((await app.replicas(`${name}-v1`)).spec as unknown as Json).progressDeadlineSeconds === 599 || undefined;
  await eventually(deadline, 'the change of Git', 20_000);
}

/** Runs the whole of it: the rules first, as printed. */
async function withRules(service: Service, kind: Tool): Promise<void> {
  const one = await kept(service, kind);
  const { app, plan, tool, users, name } = one;
  try {
    const sentence = await doctor(one, kind);
    kind.obey(tool, sentence);
    console.info(sentence);
    const seen = recorded(one);
    expect(await sluice.deliver(plan, `${name}:v2`)).toMatchObject({ status: 'started' });
    const view = await sluice.until(
      plan,
      ({ state, needsYou }) => needsYou !== undefined || state === 'ended',
      'the end',
    );
    expect([view.needsYou?.reason, view.outcome?.kind, tool.changes]).toEqual([undefined, 'promoted', []]);
    expect(view.warnings).toContain(sentence);
    await sleep(10_000);
    expect(tool.changes).toEqual([]);
    expectUndisturbed(one, seen);
    await push(one);
    await sleep(2_000);
    expect(tool.changes).toEqual([expect.stringMatching(/^Deployment\//)]);
    expectUndisturbed(one, seen);
    seen.stop();
    const asked = await users.stop();
    expect(asked.failed, JSON.stringify({ ...asked.byStatus, ...asked.byError })).toBe(0);
  } finally {
    await tool.stop();
    await app.remove();
  }
}

/** The rules come when somebody is asked, and the rollout goes on. */
async function withoutRules(service: Service, kind: Tool): Promise<void> {
  const one = await kept(service, kind);
  const { app, plan, tool, users, name } = one;
  try {
    expect(await sluice.deliver(plan, `${name}:v2`)).toMatchObject({ status: 'started' });
    const told = await sluice.until(plan, ({ warnings }) => warnings.some((text) => kind.said.test(text)), 'told');
    const sentence = told.warnings.find((text) => kind.said.test(text)) ?? '';
    const { needsYou } = await sluice.until(plan, (view) => view.needsYou !== undefined, 'somebody is asked');
    console.info(`${sentence}\n${needsYou?.reason}\ntook back: ${tool.changes.join(', ')}`);
    expect(needsYou?.reason).toMatch(/last changed by (argocd-controller|kustomize-controller) at /);
    kind.obey(tool, sentence);
    await sluice.answer(plan);
    expect((await sluice.result(plan)).outcome).toMatchObject({ kind: 'promoted' });
    await sleep(3_000);
    expect(imageOf(await getJson(app.namespace, 'deployment', `${name}-v1`))).toBe(`${name}:v2`);
    const asked = await users.stop();
    expect(asked.failed, JSON.stringify({ ...asked.byStatus, ...asked.byError })).toBe(0);
  } finally {
    await tool.stop();
    await app.remove();
  }
}

describe('with the rules that the product prints, nothing is taken back', () => {
  test("Argo CD and a VirtualService with both sides: weights and mirrors are the rollout's", LATER, async () => {
    await withRules(await placed('argo'), ARGO);
  });

  test("Flux and a VirtualService: the list is the rollout's", LATER, async () => {
    await withRules(await unplaced('flux'), FLUX);
  });

  test('Argo CD and an HTTPRoute with both sides', LATER, async () => {
    await withRules(await placedShop('argo-shop'), ARGO);
  });

  test('Flux and an HTTPRoute with both sides', LATER, async () => {
    await withRules(await placedShop('flux-shop'), FLUX);
  });
});

describe('without them it is said at the start, users are safe, and with them it goes on', () => {
  test('Argo CD', LATER, async () => {
    await withoutRules(await unplaced('argo-bare'), ARGO);
  });

  test('Flux', LATER, async () => {
    await withoutRules(await unplaced('flux-bare'), FLUX);
  });
});
