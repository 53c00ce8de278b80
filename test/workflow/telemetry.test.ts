/** What `/metrics` says of a real Temporal: read when somebody looks, by a server, and counted by a worker. */
import { randomUUID } from 'node:crypto';
import { afterEach, expect, test } from 'vitest';
import type { HttpListener } from '../../src/server/listener.ts';
import { serveMetrics, type Telemetry } from '../../src/telemetry/page.ts';
import { ServerMetrics } from '../../src/telemetry/server-metrics.ts';
import { readStanding } from '../../src/telemetry/standing.ts';
import { WorkerMetrics } from '../../src/telemetry/worker-metrics.ts';
import { offerFor, planFor } from '../support/plan.ts';
import { promtool } from '../support/promtool.ts';
import { type Harness, type HarnessOptions, startHarness } from '../support/workflow/harness.ts';
import { FakeWorld } from '../support/workflow/world.ts';

const running: (Harness | HttpListener)[] = [];

afterEach(async () => {
  await Promise.all(running.splice(0).map((one) => one.close()));
});

async function started(options: HarnessOptions = {}) {
  const world = new FakeWorld();
  const harness = await startHarness(world, { cluster: `metrics-${randomUUID().slice(0, 8)}`, ...options });
  running.push(harness);
  return { world, harness };
}

/** Serves it as a process does. @returns what a scrape of now says */
async function served(telemetry: Telemetry): Promise<() => Promise<Page>> {
  const listener = await serveMetrics(telemetry, { host: '127.0.0.1', port: 0 });
  running.push(listener);
  return async () => {
    const answer = await fetch(`http://127.0.0.1:${listener.port}/metrics`);
    expect(answer.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    return new Page(await answer.text());
  };
}

class Page {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  /** Samples of a metric by their labels, those of the harness alone. */
  of(name: string, { cluster }: Harness): Record<string, number> {
    const lines = this.text.split('\n').filter((line) => line.startsWith(`${name}{`) && line.includes(cluster));
    const samples = lines.map((line) => /\{(.*)\} (\S+)$/.exec(line.replaceAll(cluster, 'C')) ?? []);
    return Object.fromEntries(samples.map(([, labels, value]) => [labels, Number(value)]));
  }
}

const standingOf = ({ client, cluster }: Harness) => new ServerMetrics(() => readStanding(client, cluster));
/** A page holds for five seconds. */
const POLL = { timeout: 40_000, interval: 1_000 };

test('a rollout that needs a person shows, and is gone when one has answered', async () => {
  const worker = new WorkerMetrics(() => false);
  const { harness } = await started({ interceptor: worker.interceptor });
  const scrape = await served(standingOf(harness));
  const before = await scrape();
  expect(before.text).toContain('sluice_temporal_up 1\n');
  expect(before.of('sluice_rollouts', harness)).toEqual({});

  const approvals = [{ before: 40 as const, from: [], count: 1, notInitiator: false, onExpiry: 'hold' as const }];
  const plan = planFor('asks', { mirror: undefined, approvals });
  const begun = Date.now() / 1000;
  await harness.offer(offerFor(plan));
  await harness.until(plan, ({ needsYou }) => needsYou !== undefined);
  const where = 'cluster="C",namespace="demo"';
  const asks = async () => (await scrape()).of('sluice_rollouts', harness);
  await expect.poll(asks, POLL).toEqual({ [`${where},state="needs-you"`]: 1 });
  const page = await scrape();
  expect(page.of('sluice_exposed', harness)).toEqual({ [`${where},kind="rollout"`]: 1 });
  expect(page.of('sluice_broken', harness)).toEqual({});
  const since = page.of('sluice_needs_you_since_timestamp_seconds', harness)[where] ?? 0;
  expect(since).toBeGreaterThanOrEqual(Math.floor(begun));
  expect(since).toBeLessThan(Date.now() / 1000);
  const pollers = 'cluster="C",task_queue="sluice.C",type="activity"';
  await expect.poll(async () => (await scrape()).of('sluice_task_queue_pollers', harness)[pollers], POLL).toBe(1);
  await promtool(['check', 'metrics'], page.text);

  await harness.act(plan, 'approve', { actor: { name: 'mo', channel: 'cli', statement: 'good' } });
  expect((await harness.handle(plan).result()).outcome).toMatchObject({ kind: 'promoted' });
  await expect.poll(asks, POLL).toEqual({});
  const after = await scrape();
  expect(after.of('sluice_exposed', harness)).toEqual({});
  expect(after.of('sluice_needs_you_since_timestamp_seconds', harness)).toEqual({});

  const counted = (await (await served(worker))()).text;
  await promtool(['check', 'metrics'], counted);
  expect(counted).toMatch(/^sluice_activities_total\{activity="detect",result="ok"\} 1$/m);
  expect(counted).toMatch(/^sluice_writes_total\{write="route",result="accepted"\} [6-9]$/m);
  expect(counted).toMatch(/^sluice_intervals_total\{verdict="pass"\} \d+$/m);
  expect(counted).toMatch(/^sluice_worker_draining 0$/m);
});

test('tasks that wait on a queue without a worker show, with their age', async () => {
  const { harness } = await started({ workflowsOnly: true });
  const scrape = await served(standingOf(harness));
  const plan = planFor('nobody', { mirror: undefined });
  void harness.offer(offerFor(plan)).catch(() => undefined);
  const queue = 'cluster="C",task_queue="sluice.C",type="activity"';
  const waiting = async () => (await scrape()).of('sluice_task_queue_backlog', harness)[queue];
  await expect.poll(waiting, POLL).toBe(1);
  const page = await scrape();
  expect(page.of('sluice_task_queue_pollers', harness)[queue]).toBe(0);
  await expect
    .poll(async () => (await scrape()).of('sluice_task_queue_backlog_age_seconds', harness)[queue], POLL)
    .toBeGreaterThan(0);
  expect(page.of('sluice_exposed', harness)).toEqual({});
  await harness.handle(plan).terminate();
});

test('a rollout whose decisions fail shows as broken', { tags: ['repeat'], timeout: 300_000 }, async () => {
  const { harness } = await started();
  const scrape = await served(standingOf(harness));
  const plan = planFor('broken');
  const { workflowId } = harness.handle(plan);
  // an input that no version ever had
  await harness.client.workflow.start('rollout', { workflowId, taskQueue: harness.queue, args: [{}] });
  const broken = async () => (await scrape()).of('sluice_broken', harness);
  await expect
    .poll(broken, { timeout: 200_000, interval: 2_000 })
    .toEqual({ 'cluster="C",namespace="demo",kind="rollout"': 1 });
  await harness.handle(plan).terminate();
});

test('a Temporal that does not answer is told as such, within its time', async () => {
  const { harness } = await started();
  const { client, cluster } = harness;
  const silent = new ServerMetrics(() => readStanding(client, cluster));
  const scrape = await served(silent);
  await client.connection.close();
  const begun = performance.now();
  const page = await scrape();
  expect(performance.now() - begun).toBeLessThan(4_000);
  expect(page.text).toContain('sluice_temporal_up 0\n');
  expect(page.text).not.toMatch(/^sluice_(rollouts|task_queue_pollers)\{/m);
});
