/**
 * What happened to a canary's requests, what each family of series writes about it, and what the check says. Label values are those of
 * Istio's filter (istio/proxy, source/extensions/filters/http/istio_stats/istio_stats.cc), Envoy's flags (envoyproxy/envoy,
 * source/common/stream_info/utility.h), its gRPC status (source/common/grpc/common.cc) and counters (source/common/http/conn_pool_base.cc,
 * source/extensions/filters/http/grpc_stats), and of the clients' libraries. test/lab/traffic/outcomes.test.ts asks a real Envoy.
 */
import { describe, expect, it } from 'vitest';
import type { Check, SeriesPlan } from '../../../src/contract/analysis.ts';
import { judgeInterval } from '../../../src/judge/interval.ts';
import { IntervalSampler } from '../../../src/metrics/interval-sampler.ts';
import type { PrometheusClient, Sample } from '../../../src/metrics/prometheus.ts';
import { familyOf } from '../../../src/metrics/request-queries.ts';

/** Requests as text, `900 200, 100 503 UC`: how many and the values of the family's labels; `?` before them: no pod was chosen. */
interface World {
  canary?: string;
  primary?: string;
  /** Of the primary in the half hour before, where it has none now. */
  before?: string;
  /** As the callers' proxies saw those for the canary. */
  callers?: string;
  /** Buckets of the times of those who left: `250 10, +Inf 100`. */
  left?: string;
}

const service = { name: 'shop', namespace: 'demo' };
const target = { namespace: 'demo', primary: 'v1', canary: 'v2', primaryService: service, canaryService: service };
const CHECK: Check = { name: 'ok', builtin: 'requestSuccessRate', min: 99 };
const PODS = { podLabel: 'pod', namespaceLabel: 'namespace' };
const ENVOY: SeriesPlan = { kind: 'envoy', cluster: 'inbound|9080||', ...PODS };
const APP: SeriesPlan = {
  kind: 'app',
  requests: 'requests_total',
  code: 'code',
  durations: 'seconds',
  unit: 's',
  ...PODS,
};
const ISTIO_ORDER = ['response_code', 'response_flags', 'grpc_response_status', 'request_protocol'];

const words = (text: string | undefined) => (text ? text.split(', ').map((one) => one.split(' ')) : []);

function requestsOf(text: string | undefined, names: string[]): [Record<string, string>, number][] {
  return words(text).map(([count, ...values]) => {
    const nobodys = values[0] === '?';
    const own = nobodys ? values.slice(1) : values;
    const labels = Object.fromEntries(own.map((value, i) => [names[i] as string, value === '∅' ? '' : value]));
    const workload = { destination_service_name: 'shop', destination_workload: nobodys ? 'unknown' : 'v2' };
    return [names === ISTIO_ORDER ? { ...istioDefaults(labels), ...workload } : labels, Number(count)];
  });
}

function istioDefaults(labels: Record<string, string>): Record<string, string> {
  const call = labels.grpc_response_status !== undefined;
  return { response_flags: '-', grpc_response_status: '', request_protocol: call ? 'grpc' : 'http', ...labels };
}

async function say(series: SeriesPlan | undefined, world: World, order?: string[]): Promise<string> {
  const family = familyOf(series);
  const names = order ?? (series ? family.labels : ISTIO_ORDER);
  let asked = -1;
  const at = (labels: Record<string, string>, count: number): Sample => {
    return { labels, value: asked > 0 ? count : 0, timeMs: 1_000 * asked };
  };
  const answer = (promql: string): Sample[] => {
    if (promql.includes('increase('))
      return requestsOf(world.before, names).map(([labels, value]) => ({ labels, value, timeMs: 0 }));
    if (promql.includes('reporter="source"')) return requestsOf(world.callers, names).map((one) => at(...one));
    if (promql.includes('_bucket'))
      return words(world.left).map(([le = '', n]) => at({ arm: 'canary', reporter: 'source', le }, Number(n)));
    return (['canary', 'primary'] as const).flatMap((arm) =>
      requestsOf(world[arm], names).map(([labels, count]) => at({ ...labels, arm, pod: arm }, count)),
    );
  };
  const client: PrometheusClient = {
    queryRange: async () => ({ ok: true, series: [] }),
    query: async (promql) => ({ ok: true, samples: [...answer(promql), at({ figure: 'clock' }, 0)] }),
  };
  const stage = series === undefined && world.callers ? 'live' : 'mirror';
  const options = { stage, family, podHash: 'x', durations: false, longestMs: 500, compare: false } as const;
  const sampler = new IntervalSampler(client, target, {
    ...options,
    durationMs: 60_000,
    startMs: 0,
    now: () => 1_000 * asked,
  });
  for (asked of [0, 1]) await sampler.sample(new AbortController().signal);
  return judgeInterval([CHECK], sampler.window()).sentence.replace(', at least 99 % wanted', ' FAILS');
}

/** Both ends saw the same. */
const both = (text: string): World => ({ canary: text, callers: text, primary: '1000 200' });
const LEFT = 'left before an answer and count as neither';
const MUCH_MORE = (canary: string, primary: string) =>
  `; callers who left count as failed: ${canary} % of the canary's, ${primary} % of the primary's`;

describe('Istio, sidecar and gateway', () => {
  it.each<[string, World, string]>([
    ['good', both('1000 200'), 'ok 100 % of 1000 requests'],
    ['5xx', both('700 200, 300 500'), 'ok 70 % of 1000 requests FAILS'],
    [
      '5xx, tried again',
      { canary: '700 200, 900 503', callers: '700 200, 300 503 URX' },
      'ok 43.8 % of 1600 requests FAILS',
    ],
    ['reset: the pod died', { canary: '910 200', callers: '910 200, 90 503 UC' }, 'ok 91 % of 1000 requests FAILS'],
    [
      'resets beside answers of the application',
      { canary: '810 200, 100 500', callers: '810 200, 100 500, 90 503 UC' },
      'ok 81 % of 1000 requests FAILS',
    ],
    [
      'resets beside answers of the same code',
      { canary: '810 200, 100 503', callers: '810 200, 100 503, 90 503 UC' },
      'ok 81 % of 1000 requests FAILS',
    ],
    [
      'half an answer, which both proxies saw',
      { canary: '900 200, 100 200 UC', callers: '900 200, 100 200 UR' },
      'ok 90 % of 1000 requests FAILS',
    ],
    ['refused', { canary: '900 200', callers: '900 200, 100 503 UF,URX' }, 'ok 90 % of 1000 requests FAILS'],
    [
      'refused by the application: its proxy answers',
      { canary: '900 200, 300 503 UF', callers: '900 200, 100 503 URX' },
      'ok 75 % of 1200 requests FAILS',
    ],
    ['no pod', { canary: '900 200', callers: '900 200, 100 ? 503 UH' }, 'ok 90 % of 1000 requests FAILS'],
    [
      'caller left early',
      { ...both('970 200, 30 0 DC'), primary: '980 200, 20 0 DC', left: '250 30, 500 30, +Inf 30' },
      `ok 100 % of 970 requests; 30 callers ${LEFT}`,
    ],
    [
      'hangs until callers leave',
      both('500 200, 100 0 DC'),
      `ok 83.3 % of 600 requests FAILS${MUCH_MORE('16.7', '0')}`,
    ],
    [
      'hangs at weight 100, held against the half hour before',
      { ...both('500 200, 100 0 DC'), primary: '', before: '9900 200, 100 0 DC' },
      `ok 83.3 % of 600 requests FAILS${MUCH_MORE('16.7', '1')}`,
    ],
    [
      'hangs until callers had waited, as the primary does',
      { ...both('100 0 DC'), primary: '100 0 DC', left: '250 0, 500 10, +Inf 100' },
      `ok 0 % of 90 requests FAILS; 90 callers left after more than 500 ms and count as failed; 10 callers ${LEFT}`,
    ],
    [
      'time-out of the route: to the pod a caller who left',
      { canary: '900 200, 100 0 DC', callers: '900 200, 100 504 UT', left: '500 0, +Inf 100' },
      'ok 90 % of 1000 requests FAILS',
    ],
    ['not found', both('500 200, 500 404'), 'ok 100 % of 1000 requests'],
    [
      'a rule of the callers, before any pod is chosen',
      { canary: '9 200', callers: '9 200, 5 ? 503 FI' },
      'ok 100 % of 9 requests',
    ],
    [
      'flags removed by the Telemetry API',
      { canary: '100 200 ∅, 10 500 ∅', callers: '100 200 ∅, 10 500 ∅, 800 503 ∅' },
      'ok 11 % of 910 requests FAILS; 800 failures that no pod has counted count too, ' +
        "as the callers' series have no response_flags",
    ],
    ['gRPC INTERNAL', both('700 200 - 0, 300 200 - 13'), 'ok 70 % of 1000 requests FAILS'],
    ['gRPC NOT_FOUND', both('700 200 - 0, 300 200 - 5'), 'ok 100 % of 1000 requests'],
    [
      'gRPC, no pod',
      { canary: '900 200 - 0', callers: '900 200 - 0, 100 ? 200 UH 14' },
      'ok 90 % of 1000 requests FAILS',
    ],
    ['gRPC reset', { canary: '900 200 - 0', callers: '900 200 - 0, 100 200 UC 14' }, 'ok 90 % of 1000 requests FAILS'],
    [
      'gRPC cancelled',
      { ...both('995 200 - 0, 5 200 DC 2'), canary: '995 200 - 0, 5 0 DR ∅ grpc' },
      `ok 100 % of 995 requests; 5 callers ${LEFT}`,
    ],
    [
      'gRPC-web, whose status a gateway does not know',
      { canary: '9 200 - 0', callers: '9 200 - 2' },
      'ok 100 % of 9 requests',
    ],
    ['gRPC, its label removed', both('100 200 - ∅ grpc'), 'ok 0 % of 100 requests FAILS'],
  ])('%s', async (_, world, sentence) => expect(await say(undefined, world)).toBe(sentence));
});

describe('Istio, ambient: a waypoint reports for the pods', () => {
  it.each<[string, World, string]>([
    ['good', { canary: '1000 200' }, 'ok 100 % of 1000 requests'],
    ['5xx', { canary: '700 200, 300 500' }, 'ok 70 % of 1000 requests FAILS'],
    [
      'reset, refused, time-out',
      { canary: '700 200, 100 503 UC, 100 503 UF, 100 504 UT' },
      'ok 70 % of 1000 requests FAILS',
    ],
    ['no pod', { canary: '900 200', callers: '100 ? 503 UH' }, 'ok 90 % of 1000 requests FAILS'],
    [
      'caller left early',
      { canary: '97 200, 3 0 DC', primary: '98 200, 2 0 DC' },
      `ok 100 % of 97 requests; 3 callers ${LEFT}`,
    ],
    [
      'hangs until callers leave',
      { ...both('900 200, 100 0 DC'), callers: '' },
      `ok 90 % of 1000 requests FAILS${MUCH_MORE('10', '0')}`,
    ],
    ['gRPC INTERNAL', { canary: '700 200 - 0, 300 200 - 13' }, 'ok 70 % of 1000 requests FAILS'],
    ['gRPC NOT_FOUND', { canary: '700 200 - 0, 300 200 - 5' }, 'ok 100 % of 1000 requests'],
  ])('%s', async (_, world, sentence) => expect(await say(undefined, world)).toBe(sentence));
});

describe("Envoy's own counters", () => {
  it.each<[string, World, string]>([
    ['good', { canary: '1000 200' }, 'ok 100 % of 1000 requests'],
    [
      '5xx; reset and refused are 503, a time-out is 504',
      { canary: '7 200, 2 503, 1 504' },
      'ok 70 % of 10 requests FAILS',
    ],
    ['not found', { canary: '10 404' }, 'ok 100 % of 10 requests'],
    [
      'caller left early',
      { canary: '99 200, 1 499', primary: '99 200, 1 499' },
      `ok 100 % of 99 requests; 1 caller ${LEFT}`,
    ],
    [
      'hangs until callers leave',
      { canary: '10 499', primary: '9 200' },
      `ok 0 % of 10 requests FAILS${MUCH_MORE('100', '0')}`,
    ],
    ['hangs, the primary is unknown', { canary: '9 499' }, `ok: no answer, no request was answered; 9 callers ${LEFT}`],
  ])('%s', async (_, world, sentence) => expect(await say(ENVOY, world)).toBe(sentence));

  it.each<[string, World, string]>([
    ['INTERNAL', { canary: '7 envoy_cluster_grpc_0, 3 envoy_cluster_grpc_13' }, 'ok 70 % of 10 requests FAILS'],
    ['NOT_FOUND', { canary: '7 envoy_cluster_grpc_0, 3 envoy_cluster_grpc_5' }, 'ok 100 % of 10 requests'],
    ['reset or refused', { canary: '7 envoy_cluster_grpc_0, 3 envoy_cluster_grpc_14' }, 'ok 70 % of 10 requests FAILS'],
    ['cancelled', { canary: '199 envoy_cluster_grpc_0, 1 ∅ CANCELLED' }, `ok 100 % of 199 requests; 1 caller ${LEFT}`],
  ])('gRPC %s', async (_, world, sentence) => expect(await say({ ...ENVOY, protocol: 'grpc' }, world)).toBe(sentence));
});

describe('applications', () => {
  it.each<[string, World, string]>([
    ['good', { canary: '1000 200' }, 'ok 100 % of 1000 requests'],
    ['5xx', { canary: '7 2xx, 3 5xx' }, 'ok 70 % of 10 requests FAILS'],
    ['not found', { canary: '10 404' }, 'ok 100 % of 10 requests'],
    ['caller left early', { canary: '199 200, 1 499', primary: '9 200' }, `ok 100 % of 199 requests; 1 caller ${LEFT}`],
    [
      'hangs until callers leave',
      { canary: '9 499', primary: '9 200' },
      `ok 0 % of 9 requests FAILS${MUCH_MORE('100', '0')}`,
    ],
    ['the label has another name', { canary: '10 ∅' }, 'ok 0 % of 10 requests FAILS'],
  ])('HTTP: %s', async (_, world, sentence) => expect(await say(APP, world)).toBe(sentence));

  // go-grpc-prometheus writes DeadlineExceeded, OpenTelemetry numbers and then DEADLINE_EXCEEDED, grpcio StatusCode.DEADLINE_EXCEEDED
  it.each<[string, World, string]>([
    ['INTERNAL', { canary: '7 OK, 1 INTERNAL, 1 Internal, 1 StatusCode.INTERNAL' }, 'ok 70 % of 10 requests FAILS'],
    ['INTERNAL in numbers', { canary: '7 0, 3 13' }, 'ok 70 % of 10 requests FAILS'],
    [
      'time-out',
      { canary: '7 StatusCode.OK, 1 4, 1 DeadlineExceeded, 1 DEADLINE_EXCEEDED' },
      'ok 70 % of 10 requests FAILS',
    ],
    ['NOT_FOUND', { canary: '7 Ok, 1 5, 1 NotFound, 1 NOT_FOUND' }, 'ok 100 % of 10 requests'],
    ['status beside code 200', { canary: '7 0 200, 3 13 200' }, 'ok 70 % of 10 requests FAILS'],
    [
      'hangs until callers leave',
      { canary: '9 Canceled', primary: '99 OK, 1 CANCELLED' },
      `ok 0 % of 9 requests FAILS${MUCH_MORE('100', '1')}`,
    ],
  ])('gRPC: %s', async (_, world, sentence) => {
    expect(await say({ ...APP, grpcStatus: 'grpc_code' }, world, ['grpc_code', 'code'])).toBe(sentence);
  });
});
