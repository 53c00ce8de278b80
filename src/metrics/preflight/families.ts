/** Which families of series a workload has, and the `analysis.series` to write for the best of them. Pure. */
import type { SeriesPlan } from '../../contract/analysis.ts';
import { anyOf, quote } from '../../promql/quote.ts';
import { anyPodPattern, type SeriesTarget } from '../istio-series.ts';
import type { Sample } from '../prometheus.ts';
import { labelOf } from './arms.ts';

/**
 * Histograms of answer times with their counters, the preferred first: opentelemetry.io, "Semantic conventions for HTTP metrics", and its
 * older names; linkerd.io, "Proxy Metrics"; prometheus.io, client libraries.
 */
const APPLICATIONS = [
  {
    requests: 'http_server_request_duration_seconds_count',
    durations: 'http_server_request_duration_seconds',
    unit: 's',
  },
  { requests: 'http_server_duration_milliseconds_count', durations: 'http_server_duration_milliseconds', unit: 'ms' },
  { requests: 'response_total', durations: 'response_latency_ms', unit: 'ms', matchers: { direction: 'inbound' } },
  { requests: 'http_request_duration_seconds_count', durations: 'http_request_duration_seconds', unit: 's' },
  { requests: 'http_requests_total', unit: 's' },
] as const;
const CODES = ['http_response_status_code', 'http_status_code', 'status_code', 'code', 'status'];
const ISTIO = 'istio_requests_total';
const NAMESPACES = ['namespace', 'kubernetes_namespace', 'k8s_namespace_name', 'exported_namespace'];

/** Everything that is known and may be this workload's, some of each. Envoy Gateway: `httproute/<namespace>/<route>/rule/<n>`. */
export function familiesQuery({ namespace }: SeriesTarget): string {
  const names = quote(anyOf([ISTIO, ...APPLICATIONS.map(({ requests }) => requests)]));
  const labels = [...NAMESPACES, 'destination_workload_namespace'];
  const own = labels.map((label) => `{__name__=~${names},${label}=${quote(namespace)}}`);
  const route = quote(`(http|grpc)route/${anyOf([namespace])}/.*`);
  own.push(`{__name__=~"envoy_cluster_upstream_rq(_xx)?",envoy_cluster_name=~${route}}`);
  return `topk by (__name__) (50, ${own.join(' or ')})`;
}

/** @returns what is there, in words, with what to write where that helps; undefined: nothing that is known */
export function adviceOf(samples: readonly Sample[], target: SeriesTarget): string | undefined {
  return istio(samples, target) ?? application(samples, target) ?? gateway(samples);
}

/** `analysis.series` of the best of them; undefined: none that is known and tells the arms apart. */
export function seriesToWrite(samples: readonly Sample[], target: SeriesTarget): Record<string, unknown> | undefined {
  if (isJudgeable(istioReporters(samples, target))) return { kind: 'istio' };
  const series = applicationSeries(samples, target);
  return series && withoutUsual(series);
}

function istio(samples: readonly Sample[], target: SeriesTarget): string | undefined {
  const reporters = istioReporters(samples, target);
  if (isJudgeable(reporters)) return `there are series of Istio; ${write({ kind: 'istio' })}`;
  return reporters.size > 0 ? 'there are series of Istio, but none with reporter="destination"' : undefined;
}

function istioReporters(samples: readonly Sample[], { primary }: SeriesTarget): Set<string | undefined> {
  const own = samples.filter(({ labels }) => labels.__name__ === ISTIO && labels.destination_workload === primary);
  return new Set(own.map(({ labels: { reporter } }) => reporter));
}

function isJudgeable(reporters: Set<string | undefined>): boolean {
  return reporters.has('destination') || reporters.has('waypoint');
}

function application(samples: readonly Sample[], target: SeriesTarget): string | undefined {
  const series = applicationSeries(samples, target);
  return series && `there is ${series.requests}; ${write(series)}`;
}

function applicationSeries(samples: readonly Sample[], { namespace, primary }: SeriesTarget) {
  const pods = new RegExp(`^(?:${anyPodPattern(primary)})$`);
  for (const known of APPLICATIONS) {
    const series = samples.filter(({ labels }) => labels.__name__ === known.requests);
    const podLabel = labelOf(series, (value) => pods.test(value));
    const own = series.filter(({ labels }) => pods.test(labels[podLabel ?? ''] ?? ''));
    const code = CODES.find((label) => own.some(({ labels }) => labels[label] !== undefined));
    if (!podLabel || !code) continue;
    const namespaceLabel = labelOf(own, (value) => value === namespace) ?? 'namespace';
    return { kind: 'app' as const, ...known, code, podLabel, namespaceLabel };
  }
  return undefined;
}

function gateway(samples: readonly Sample[]): string | undefined {
  const cluster = samples.map(({ labels }) => labels.envoy_cluster_name).find(Boolean);
  return cluster && `there are series of Envoy Gateway (${cluster}), which count both sides of a rule as one`;
}

/** The block of a plan, in one line of YAML. */
function write(series: SeriesPlan): string {
  const yaml = JSON.stringify(withoutUsual(series)).replaceAll('"', '').replaceAll(':', ': ').replaceAll(',', ', ');
  return `write analysis: { series: ${yaml} }`;
}

function withoutUsual(series: SeriesPlan): Record<string, unknown> {
  const usual: Record<string, unknown> = { podLabel: 'pod', namespaceLabel: 'namespace', unit: 's' };
  return Object.fromEntries(Object.entries(series).filter(([key, value]) => usual[key] !== value));
}
