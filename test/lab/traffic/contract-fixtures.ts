/** One application per kind of route, for the tests of the router contract. */
import { randomUUID } from 'node:crypto';
import type { AffinityPlan, Plan } from '../../../src/contract/plan.ts';
import { apply, kubectl } from '../../support/lab/cluster.ts';
import { type LabApp, program } from '../../support/lab/lab-app.ts';
import { PlainShop } from '../../support/lab/plain.ts';
import { Reviews } from '../../support/lab/reviews.ts';
import { Shop } from '../../support/lab/shop.ts';

export interface Fixture {
  kind: string;
  app: LabApp;
  plan: Plan;
  labels: { primaryPodLabels: Record<string, string>; canaryPodLabels: Record<string, string> };
  /** JSON Patch that somebody makes by hand while both are there: 75 % for the primary and 25 % for the canary, or others' pods. */
  edit: object[];
  /** What they say of it. */
  edited: string;
}

export const COOKIE: AffinityPlan = {
  cookie: 'version-cookie',
  maxAgeS: 600,
  cleanupAfterMs: 60_000,
  path: '/',
  secure: false,
  httpOnly: true,
};

const percent = (path: (index: number) => string) =>
  [75, 25].map((value, index) => ({ op: 'replace', path: path(index), value }));

/** `users`: they can be sent over it; the programs of the lab speak no gRPC. */
export const FIXTURES: { kind: string; create: () => Promise<Fixture>; users: boolean }[] = [
  { kind: 'VirtualService', create: virtualService, users: true },
  { kind: 'HTTPRoute', create: httpRoute, users: true },
  { kind: 'GRPCRoute', create: grpcRoute, users: false },
  // its shares are those of pods: service-router.test.ts
  { kind: 'Service', create: plainService, users: false },
];

const EDITED = '[0] has primary 75 %, canary 25 %';

async function virtualService(): Promise<Fixture> {
  const app = await Reviews.create('contract-vs', { replicas: 1, httpExtras: { timeout: '3s' } });
  const edit = percent((index) => `/spec/http/0/route/${index}/weight`);
  const plan = app.plan({ affinity: COOKIE });
  return { kind: 'VirtualService', app, plan, edit, edited: EDITED, ...(await withCanary(app, 'reviews')) };
}

async function httpRoute(): Promise<Fixture> {
  const ruleExtras = {
    name: 'main',
    timeouts: { request: '3s' },
    filters: [{ type: 'RequestHeaderModifier', requestHeaderModifier: { set: [{ name: 'x-route', value: 'main' }] } }],
  };
  const app = await Shop.create('contract-http', { replicas: 1, ruleExtras });
  const edit = percent((index) => `/spec/rules/0/backendRefs/${index}/weight`);
  const plan = app.plan({ affinity: COOKIE });
  return { kind: 'HTTPRoute', app, plan, edit, edited: EDITED, ...(await withCanary(app, 'shop')) };
}

async function grpcRoute(): Promise<Fixture> {
  const app = await Shop.create('contract-grpc', { replicas: 1, grpc: true });
  const edit = percent((index) => `/spec/rules/0/backendRefs/${index}/weight`);
  const plan = app.plan();
  plan.traffic.routes = [{ kind: 'GRPCRoute', name: 'shop-grpc', namespace: app.namespace }];
  return { kind: 'GRPCRoute', app, plan, edit, edited: EDITED, ...(await withCanary(app, 'shop')) };
}

async function plainService(): Promise<Fixture> {
  const app = await PlainShop.create('contract-plain', 1);
  const edit = [{ op: 'add', path: '/spec/selector/version', value: 'v3' }];
  const edited = 'spec.selector has app=shop,version=v3';
  return { kind: 'Service', app, plan: app.plan('pods'), edit, edited, ...(await withCanary(app, 'shop')) };
}

async function withCanary(app: LabApp, name: string): Promise<Pick<Fixture, 'labels'>> {
  const canaryPodLabels = { app: name, version: 'v2' };
  const metadata = { name: `${name}-v2`, namespace: app.namespace };
  await apply([program(metadata, canaryPodLabels, `${name}:v2`, { replicas: 1 })]);
  await kubectl('-n', app.namespace, 'rollout', 'status', `deployment/${name}-v2`, '--timeout=60s');
  return { labels: { primaryPodLabels: { app: name, version: 'v1' }, canaryPodLabels } };
}

export interface CookieAnswer {
  id: string;
  version: string | null;
  status: number;
  cookies: string[];
}

/** Requests of as many users, twenty at a time, each with an id of its own. */
export async function ask(app: LabApp, count: number, headers: Record<string, string> = {}): Promise<CookieAnswer[]> {
  const run = randomUUID();
  const answers: CookieAnswer[] = [];
  const worker = async (from: number) => {
    for (let n = from; n < count; n += 20) {
      const id = `${run}-${n}`;
      answers.push({ id, ...(await app.ask('/', { ...headers, 'x-probe-id': id })) });
    }
  };
  await Promise.all(Array.from({ length: 20 }, (_, from) => worker(from)));
  return answers;
}
