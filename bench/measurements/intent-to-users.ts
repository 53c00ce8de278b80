/**
 * From the moment an intent is applied to the first user who is served by it, on both kinds of routes. Two versions run with
 * one pod each; the intents alternate between all users here and all users there, so one answer tells.
 */
import { loadavg } from 'node:os';
import { currentLab } from '../../lab/index.ts';
import type { RouteInput } from '../../src/contract/activities.ts';
import { AT_REST, weighted } from '../../src/contract/intent.ts';
import type { Plan } from '../../src/contract/plan.ts';
import { type ClusterConnection, connect } from '../../src/kubernetes/index.ts';
import { applyIntent } from '../../src/routers/index.ts';
import { apply, kubectl } from '../../test/support/lab/cluster.ts';
import { type LabApp, program } from '../../test/support/lab/lab-app.ts';
import { Reviews } from '../../test/support/lab/reviews.ts';
import { Shop } from '../../test/support/lab/shop.ts';
import { now } from '../lib/clock.ts';
import { type Marks, phases } from '../lib/marks.ts';
import { readRequests } from '../lib/requests.ts';
import type { MeasureOptions, Result } from '../lib/result.ts';
import { summarize } from '../lib/statistics.ts';

const TARGET_MS = 500;
const PATIENCE_MS = 10_000;

interface Subject {
  app: LabApp;
  plan: Plan;
  setting: string;
}

export async function intentToUsers({ count, tidy, say }: MeasureOptions): Promise<Result[]> {
  const client = connect({ kubeconfig: currentLab().productKubeconfig });
  const results: Result[] = [];
  for (const subject of [await virtualService(), await httpRoute()]) {
    results.push(await measure(client, subject, count, say));
    if (tidy) await subject.app.remove();
  }
  return results;
}

async function virtualService(): Promise<Subject> {
  const app = await Reviews.create('bench-vs', { replicas: 1 });
  await runCanary(app, 'reviews');
  return { app, plan: app.plan(), setting: 'VirtualService' };
}

async function httpRoute(): Promise<Subject> {
  const app = await Shop.create('bench-http', { replicas: 1 });
  await runCanary(app, 'shop');
  return { app, plan: app.plan(), setting: 'HTTPRoute' };
}

async function runCanary({ namespace }: LabApp, name: string): Promise<void> {
  const labels = { app: name, version: 'v2' };
  await apply([program({ name: `${name}-v2`, namespace }, labels, `${name}:v2`, { replicas: 1 })]);
  await kubectl('-n', namespace, 'rollout', 'status', `deployment/${name}-v2`, '--timeout=60s');
}

async function measure(
  client: ClusterConnection,
  { app, plan, setting }: Subject,
  count: number,
  say: MeasureOptions['say'],
): Promise<Result> {
  const marks: Marks[] = [];
  const before = loadavg()[0] ?? 0;
  const asked = await requestsOf(app);
  // The first change is a warm-up: it finds out which versions the cluster serves.
  for (let change = 0; change <= count; change += 1) {
    const one = await changeOnce(client, app, plan, change);
    if (change > 0) marks.push(one);
    if (change % 20 === 0) say(`intent-to-users, ${setting}: ${change} of ${count}`);
  }
  const requests = ((await requestsOf(app)) - asked) / (count + 1);
  const times = marks.map((one) => (one.at(-1)?.[1] ?? 0) - (one[0]?.[1] ?? 0));
  return {
    name: 'intent-to-users',
    setting,
    target: TARGET_MS,
    ...summarize(times),
    samples: times,
    load: [before, loadavg()[0] ?? 0],
    phases: phases(marks),
    note: `${requests.toFixed(1)} API requests per change`,
  };
}

async function changeOnce(client: ClusterConnection, app: LabApp, plan: Plan, change: number): Promise<Marks> {
  const toCanary = change % 2 === 0;
  const input: RouteInput = {
    plan,
    cluster: 'bench',
    clusterUid: 'uid',
    rollout: `${plan.name}-1`,
    epoch: 1,
    fence: { epoch: 1, seq: change + 1 },
    intent: toCanary ? weighted(100) : AT_REST,
    found: { rules: [] },
    canary: { replicas: 1, proven: true },
  };
  const applied = now();
  const served = firstServed(app, toCanary ? 'v2' : 'v1');
  const result = await applyIntent(client, input);
  const returned = now();
  if (result.kind !== 'written') throw new Error(`the route was not written: ${result.sentence}`);
  return [
    ['applied', applied],
    ['written, and taken where a status says so', returned],
    ['first user served', Math.max(await served, returned)],
  ];
}

async function firstServed(app: LabApp, version: string): Promise<number> {
  const end = now() + PATIENCE_MS;
  while (now() < end) {
    const answer = await app.ask();
    if (answer.version === version) return now();
  }
  throw new Error(`no user was served by ${version} within ${PATIENCE_MS / 1000} s`);
}

async function requestsOf({ namespace }: LabApp): Promise<number> {
  return (await readRequests(currentLab().auditLog)).get(namespace)?.length ?? 0;
}
