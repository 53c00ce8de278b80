/** Preflight on data against a real Prometheus, for services of several kinds. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Plan } from '../../../src/contract/plan.ts';
import { inspectData, SourceAway } from '../../../src/metrics/preflight/index.ts';
import { Prometheus } from '../../../src/metrics/prometheus.ts';
import { freePort } from '../../support/free-port.ts';
import { planFor } from '../../support/routes.ts';
import { RealPrometheus, Scraped } from './real-prometheus.ts';

const service = { name: 'reviews', namespace: 'demo' };
const POD = 'reviews-v1-5d8f-abcde';
const OTHER = 'reviews-v1-5d8f-zzzzz';
const scraped = new Scraped();
let prometheus: RealPrometheus;
let door: Server;
let counted = 0;

/** What each service reports: ten more requests with each scrape, one in a hundred fails. */
function exposition(): string {
  counted += 1;
  const lines = (metric: string, labels: string, code: string) => [
    `${metric}{${labels},${code}="200"} ${counted * 10}`,
    `${metric}{${labels},${code}="500"} ${Math.floor(counted / 10)}`,
  ];
  const buckets = (metric: string, labels: string) =>
    ['0.1', '0.5', '+Inf'].map((le) => `${metric}_bucket{${labels},le="${le}"} ${counted * 10}`);
  const istio = (app: string, more: string) =>
    `reporter="destination",destination_workload="${app}-v1",destination_workload_namespace="demo",${more}`;
  return [
    ...lines('istio_requests_total', istio('mesh', `pod="mesh-v1-5d8f-abcde"`), 'response_code'),
    ...buckets('istio_request_duration_milliseconds', istio('mesh', `pod="mesh-v1-5d8f-abcde"`)),
    ...lines(
      'istio_requests_total',
      istio('ambient', 'pod="waypoint-1"').replace('destination', 'waypoint'),
      'response_code',
    ),
    ...lines(
      'http_server_request_duration_seconds_count',
      `k8s_pod_name="app-v1-5d8f-abcde",k8s_namespace_name="demo"`,
      'http_response_status_code',
    ),
    ...lines('istio_requests_total', istio('both', `pod="both-v1-5d8f-abcde",cluster="east"`), 'response_code'),
    ...lines('istio_requests_total', istio('both', `pod="both-v1-5d8f-zzzzz",cluster="west"`), 'response_code'),
    '',
  ].join('\n');
}

beforeAll(async () => {
  Object.defineProperty(scraped, 'own', { get: exposition });
  prometheus = await RealPrometheus.start([scraped]);
  await sleep(3_000);
  door = createServer((_, response) => response.writeHead(401).end()).listen(0, '127.0.0.1');
});
afterAll(async () => {
  door.close();
  await prometheus.stop();
});

async function inspect(app: string, change: (plan: Plan) => void = () => {}, url = prometheus.url) {
  const plan = planFor(change);
  plan.analysis.prometheus = url;
  plan.analysis.checks = plan.analysis.checks.filter(({ builtin }) => app === 'mesh' || builtin !== 'requestDuration');
  const client = new Prometheus(url);
  const target = {
    namespace: 'demo',
    primary: `${app}-v1`,
    canary: `${app}-v2`,
    primaryService: service,
    canaryService: service,
  };
  const pods = [POD.replace('reviews', app)];
  const found = await inspectData(client, { plan, target, pods, patienceMs: 100 }).finally(() => client.close());
  console.info(app, JSON.stringify(found, null, 2));
  return found;
}

it('a sidecar mesh: fine, with its numbers', async () => {
  const { metrics, judged } = await inspect('mesh', (plan) =>
    Object.assign(plan.analysis.checks[1] ?? {}, { maxMs: 400 }),
  );
  expect(metrics.problems).toEqual([
    {
      where: 'check duration',
      problem: "400 ms is above the last bucket of the primary's answer times, 0.5 ms, so it cannot be judged",
      remedy: 'write at most 0.5ms, or add buckets',
    },
  ]);
  expect(metrics.facts[0]).toMatch(
    /^istio_requests_total of 1 pod: \d+(\.\d+)? requests a second, \d\.?\d* % of them failed$/,
  );
  expect(metrics.facts[1]).toMatch(/^scraped every 1(\.\d)? s, the newest sample is 0\.\d+ s old$/);
  expect(judged).toMatchObject({
    problems: [],
    facts: [expect.stringMatching(/^20 %: at \d+(\.\d)? requests a second/)],
  });
});

it('an ambient mesh: fine by the series of its waypoint', async () => {
  const { metrics } = await inspect('ambient');
  expect([metrics.problems, metrics.warnings]).toEqual([[], []]);
  expect(metrics.facts[0]).toMatch(/^istio_requests_total of 1 pod: /);
});

it("an application's own metrics: refused as Istio's, with the block to write, which is fine", async () => {
  const { metrics } = await inspect('app');
  expect(metrics.problems).toEqual([
    {
      where: 'spec.analysis',
      problem: expect.stringMatching(/^there was no istio_requests_total\{.*\} within seven days$/),
      remedy:
        'there is http_server_request_duration_seconds_count; write analysis: { series: {kind: app, requests: http_server_request_duration_seconds_count, durations: http_server_request_duration_seconds, code: http_response_status_code, podLabel: k8s_pod_name, namespaceLabel: k8s_namespace_name} }; or let Prometheus scrape the pods of app-v1; or, if nobody uses it, let spec.load.during send requests',
    },
  ]);
  const written = await inspect('app', (plan) => {
    plan.analysis.series = {
      kind: 'app',
      requests: 'http_server_request_duration_seconds_count',
      code: 'http_response_status_code',
      podLabel: 'k8s_pod_name',
      namespaceLabel: 'k8s_namespace_name',
      unit: 's',
    };
  });
  expect(written.metrics.problems).toEqual([]);
});

it('no metrics at all: refused', async () => {
  const { metrics } = await inspect('nobody');
  expect(metrics.problems).toEqual([
    {
      where: 'spec.analysis',
      problem: expect.stringMatching(/within seven days$/),
      remedy:
        'nothing else that is known is there; or let Prometheus scrape the pods of nobody-v1; or, if nobody uses it, let spec.load.during send requests',
    },
  ]);
});

it('no users, but requests of the plan: they will bring the series', async () => {
  const { metrics } = await inspect('nobody', (plan) => {
    plan.during = {
      address: 'http://reviews.example.com',
      stages: ['shift'],
      requestsPerSecond: 20,
      path: '/',
      method: 'GET',
      headers: {},
    };
  });
  expect(metrics.problems).toEqual([]);
  expect(metrics.warnings).toEqual([expect.stringMatching(/ yet: the requests of spec\.load\.during will bring it$/)]);
});

it('two clusters in one store: refused, with the matcher', async () => {
  const { metrics } = await inspect('both');
  expect(metrics.problems).toEqual([
    {
      where: 'istio_requests_total',
      problem: expect.stringContaining(
        `such as ${OTHER.replace('reviews', 'both')}, is not in this cluster: several clusters`,
      ),
      remedy: 'let the metric source select cluster="east"',
    },
  ]);
});

it('a login that is missing: refused; nobody there: no verdict', async () => {
  const { port } = door.address() as AddressInfo;
  const { metrics } = await inspect('mesh', undefined, `http://127.0.0.1:${port}`);
  expect(metrics.problems).toEqual([
    {
      where: `http://127.0.0.1:${port}`,
      problem: 'Prometheus demands a login, and there is none (HTTP 401)',
      remedy: 'ask who runs Sluice for the login that it wants',
    },
  ]);
  await expect(inspect('mesh', undefined, `http://127.0.0.1:${await freePort()}`)).rejects.toThrow(SourceAway);
});
