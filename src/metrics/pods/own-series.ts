/** What of a pod's own metrics page are the requests that it answered, and where that page is. */
import type { Matchers, PodsPlan, SeriesPlan } from '../../contract/analysis.ts';
import { familyOf, type SeriesFamily } from '../request-queries.ts';

export interface OwnSeries {
  family: SeriesFamily;
  /** Whether a series of these names is about requests that the pod answered: a page has no labels that a scrape adds. */
  counts: (labels: Record<string, string>) => boolean;
  /** Reads what `family.outcomeOf` takes from the labels of a counter of requests; undefined: the name is of something else. */
  outcome: (metric: string) => ((labels: Record<string, string>) => string[]) | undefined;
  /** Absent: the pod's first port. */
  port?: number;
  path: string;
}

/**
 * An Istio sidecar's Envoy answers at 15090 and takes Envoy's own parameter `filter`, a pattern on its names of statistics; the agent's
 * merged page at 15020 takes none. Source: istio/istio, envoy_bootstrap.json; envoyproxy.io, "Administration interface".
 */
const ENVOY_PORT = 15_090;
const ENVOY_PATH = '/stats/prometheus?filter=';

export function ownSeriesOf(plan: PodsPlan, ofPrometheus?: SeriesPlan): OwnSeries {
  const series = plan.series ?? ofPrometheus ?? { kind: 'istio' };
  const family = familyOf(series);
  return {
    family,
    outcome: outcomeIn(family),
    ...pageOf(series),
    ...(plan.port && { port: plan.port }),
    ...(plan.path && { path: plan.path }),
  };
}

function outcomeIn({ requests, labels: names }: SeriesFamily): OwnSeries['outcome'] {
  const counters = requests.map(({ metric, code }) => ({
    name: new RegExp(`^(?:${typeof metric === 'string' ? metric : metric.pattern})$`),
    code,
  }));
  return (metric) => {
    const counter = counters.find(({ name }) => name.test(metric));
    if (!counter) return undefined;
    const { code } = counter;
    const value = (labels: Record<string, string>, name: string) =>
      name === '__name__' ? metric : (labels[name] ?? '');
    return (labels) => names.map((name, i) => (code === undefined ? value(labels, name) : i === 0 ? code : ''));
  };
}

function pageOf(series: SeriesPlan): Pick<OwnSeries, 'counts' | 'port' | 'path'> {
  switch (series.kind) {
    case 'istio':
      return {
        counts: ({ reporter }) => reporter === 'destination',
        port: ENVOY_PORT,
        path: `${ENVOY_PATH}istio_request`,
      };
    case 'envoy':
      return {
        counts: (labels) => labels[series.clusterLabel ?? 'envoy_cluster_name'] === series.cluster,
        port: ENVOY_PORT,
        path: `${ENVOY_PATH}${series.protocol === 'grpc' ? 'upstream_rq%7Cgrpc' : 'upstream_rq'}`,
      };
    case 'app': {
      const wanted = Object.entries(series.matchers ?? {});
      return {
        counts: (labels) => wanted.every(([name, value]) => matches(labels[name] ?? '', value)),
        path: '/metrics',
      };
    }
  }
}

/** Patterns are Prometheus' own: the plan's check refuses them here. */
function matches(label: string, wanted: Matchers[string]): boolean {
  if (typeof wanted === 'string') return label === wanted;
  const { '=': equal = label, '!=': other } = wanted;
  return label === equal && label !== other;
}
