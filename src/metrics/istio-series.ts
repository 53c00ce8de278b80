/**
 * What the callers' proxies report in Istio's standard metrics, and whose series are whose. Names and labels:
 * istio.io/docs/reference/config/metrics; the label `pod` comes from the scrape configuration, as in Istio's own sample and in
 * PodMonitors.
 */

import { anyOf, escapePattern, selector } from '../promql/quote.ts';
import { type CountWindow, grownBy } from './growth.ts';
import { askedOf, oldestCaller } from './helper-series.ts';

/** Whose traffic is measured. */
export interface SeriesTarget {
  namespace: string;
  /** Deployment names. */
  primary: string;
  canary: string;
  /** Services that callers use for each side; often the same one. */
  primaryService: { name: string; namespace: string };
  canaryService: { name: string; namespace: string };
}

/** Kubernetes cuts a generated name's base here to have room for five random characters. Source: k8s.io/apiserver names.SimpleNameGenerator. */
const MAX_NAME_BASE = 58;

/** Pods of one revision: `<deployment>-<pod-template-hash>-<random>`. */
export function podPattern(deployment: string, podHash: string): string {
  return `${escapePattern(`${deployment}-${podHash}-`.slice(0, MAX_NAME_BASE))}[a-z0-9]+`;
}

/** Pods of any revision: `<deployment>-<pod-template-hash>-<random>`; a hash has at most ten characters. */
export function anyPodPattern(deployment: string): string {
  const whole = deployment.length + 12 <= MAX_NAME_BASE;
  return whole
    ? `${escapePattern(deployment)}-[a-z0-9]+-[a-z0-9]+`
    : `${escapePattern(`${deployment}-`.slice(0, MAX_NAME_BASE))}[a-z0-9-]+`;
}

/** Canary and primary: the two that are compared. */
export type Arm = 'primary' | 'canary';

export const ARMS = ['primary', 'canary'] as const;

export const SOURCE_LABELS = [
  'destination_service_name',
  'destination_workload',
  'response_code',
  'grpc_response_status',
  'response_flags',
  'request_protocol',
];

/** What the callers' proxies saw of both sides, and when; requests without a chosen pod have the workload `unknown`. */
export function sourceRequests(target: SeriesTarget, window?: CountWindow): string {
  const { primary, canary, primaryService, canaryService } = target;
  const services = {
    destination_service_name: { pattern: anyOf([...new Set([primaryService.name, canaryService.name])]) },
    destination_service_namespace: {
      pattern: anyOf([...new Set([primaryService.namespace, canaryService.namespace])]),
    },
  };
  const series = selector('istio_requests_total', {
    ...services,
    reporter: 'source',
    destination_workload: { pattern: anyOf([primary, canary, 'unknown']) },
  });
  // a waypoint that finds no pod knows no workload either
  const nobodys = selector('istio_requests_total', {
    ...services,
    reporter: 'waypoint',
    destination_workload: 'unknown',
  });
  const asked = askedOf({ series, labels: SOURCE_LABELS, scrapedBy: 'destination_workload' }, window);
  const more = window ? [grownBy(SOURCE_LABELS, nobodys, window)] : [];
  return [...asked, ...more, oldestCaller(series)].join(' or ');
}

/** Requests that reached any pod of the canary in a window, as one number, whoever sent them. */
export function arrivedAtCanary({ namespace, canary }: SeriesTarget, window: CountWindow): string {
  const series = selector('istio_requests_total', {
    reporter: { pattern: 'destination|waypoint' },
    destination_workload_namespace: namespace,
    destination_workload: canary,
  });
  return grownBy(['destination_workload'], series, window);
}
