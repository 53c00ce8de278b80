/** How a canary is judged, as the plan says it: where numbers come from, checks, comparison. */
import type { CompareOptions } from '../judge/compare/types.ts';

/** Where numbers come from: a metric source of the installation, or an address where the installation allows addresses in plans. */
export interface MetricReference {
  /** Name of the source. */
  source?: string;
  /** Base URL of the Prometheus HTTP API. */
  prometheus?: string;
}

/** Without a reference the checks need no metrics. */
export interface AnalysisPlan extends MetricReference {
  /** Where the built-in checks and the comparison find requests and answer times. Default Istio's standard metrics. */
  series?: SeriesPlan;
  checks: Check[];
  /** Failed intervals before it aborts. Default 5. */
  failureThreshold: number;
  /** Which failed intervals count: all of the rollout, or those since the last one that passed. Default cumulative. */
  failureCounting?: 'cumulative' | 'consecutive';
  /** Intervals in a row without an answer before it holds. Default 10. */
  noAnswerLimit: number;
  /** Absent: fixed limits alone decide. */
  compare?: ComparePlan;
  /** While users are exposed, both arms' pods are asked as well, every second. Absent: they are not. */
  pods?: PodsPlan;
}

/** Where the counters of a pod are, on the pod itself. */
export interface PodsPlan {
  /** Default: 15090, of an application the pod's first port. */
  port?: number;
  /** Default: Envoy's page, of an application `/metrics`. */
  path?: string;
  /** Default: the plan's series. */
  series?: SeriesPlan;
}

interface PodLabels {
  /** Labels that carry a pod's name and namespace. Default: the metric source's, else `pod` and `namespace`. */
  podLabel?: string;
  namespaceLabel?: string;
}

/**
 * By label: a text for equality, or texts and patterns (RE2, of the whole value) by operator, of which all hold.
 * Format: prometheus.io/docs/prometheus/latest/querying/basics, "Time series selectors".
 */
export type Matchers = Readonly<Record<string, string | Partial<Record<'=' | '!=' | '=~' | '!~', string>>>>;

export type SeriesPlan =
  | { kind: 'istio' }
  /** Envoy's own counters of the cluster that leads into the pod, for example `inbound|9080||`. */
  | ({
      kind: 'envoy';
      cluster: string;
      /** Label with the cluster's name. Default `envoy_cluster_name`. */
      clusterLabel?: string;
      /** Label with the response code, or with its class. Default `envoy_response_code`, or `envoy_response_code_class`. */
      codeLabel?: string;
      /** `grpc`: count by gRPC status, as Envoy's filter grpc_stats does. Default http. */
      protocol?: 'http' | 'grpc';
      /** Count by class (`_xx`), where the proxy keeps no counters of single codes. */
      classes?: boolean;
    } & PodLabels)
  /** A counter of the application with a label for the response code, and its histogram (name without `_bucket`). */
  | ({
      kind: 'app';
      requests: string;
      /** Default: the metric source's, else `code`. */
      code?: string;
      /** Label with the gRPC status, in words or numbers, where it is another; it outranks the code. */
      grpcStatus?: string;
      durations?: string;
      /** Of the histogram. */
      unit: 's' | 'ms';
      /** Further labels that both must have. */
      matchers?: Matchers;
    } & PodLabels);

/** Comparison of canary and primary (`src/judge/compare`), beside the checks. */
export interface ComparePlan {
  /** Of the comparison itself, without what is learned from the primary at the beginning. */
  options: CompareOptions;
  /** Least time between two looks, ms; never less than two scrapes. Default 2000. */
  tickMs: number;
  /** A stage that is not proven healthy after this time and after its intervals is inconclusive, ms. Default 1 800 000. */
  deadlineMs: number;
  /** A stage that is proven healthy may end after this time, before its intervals are over, ms. Absent: it may not. */
  earlyMs?: number;
  /** What an inconclusive stage does. Default hold. */
  onInconclusive: 'hold' | 'extend' | 'advance' | 'abort';
  /** Canary requests compared in the stage that `advance` needs at least. Default 1000. */
  minRequests: number;
}

/** `at`: weight of the plan at whose intervals alone it counts. */
export type Check = { at?: number } & (
  | SuccessRateCheck
  | DurationCheck
  | PodHealthCheck
  | QueryCheck
  | WebCheck
  | JobCheck
);

/** Share of requests answered below 500 by the canary, percent. */
export interface SuccessRateCheck {
  name: string;
  builtin: 'requestSuccessRate';
  min: number;
}

/** A quantile of the canary's answer times, ms. */
export interface DurationCheck {
  name: string;
  builtin: 'requestDuration';
  /** 0 to 1. Default 0.99. */
  quantile: number;
  maxMs: number;
}

/** What the API server knows of the revision's pods; needs no metrics and sees no requests. */
export interface PodHealthCheck {
  name: string;
  builtin: 'podHealth';
  /** Containers of all pods together that may end and start again in an interval. Default 0. */
  maxRestarts: number;
  /** Least percent of the interval in which every pod is ready, from the moment on at which it was ready first. Default 95. */
  minReady: number;
}

/** What a number may be; at least one of the two. */
interface Limits {
  min?: number;
  max?: number;
  /** For sentences. Default none. */
  unit?: string;
}

/** One number that a PromQL query of the plan gives for the canary at the end of an interval. */
export interface QueryCheck extends Limits {
  name: string;
  builtin?: undefined;
  web?: undefined;
  job?: undefined;
  /** With variables in double braces, `{{pods}}`. */
  query: string;
  /** Values of the query's own variables. */
  variables?: Record<string, string>;
  /** What an answer without any series is. Default noAnswer. */
  emptyMeans?: 'zero' | 'noAnswer';
}

/** Who answers: a web source of the installation, or an address where the installation allows addresses in plans. */
export interface WebReference {
  source?: string;
  address?: string;
}

/** One number in the JSON that an address answers at the end of an interval. */
export interface WebCheck extends Limits {
  name: string;
  builtin?: undefined;
  job?: undefined;
  web: WebReference & {
    /** Below the address, see `renderPath`. */
    path: string;
    /** RFC 6901. */
    pointer: string;
  };
}

/** A Job of the plan's own. */
export interface JobPlan {
  /** As in `batch/v1`, without what Sluice says itself (restartPolicy, deadline). */
  template: {
    metadata?: { labels?: Record<string, string>; annotations?: Record<string, string> };
    spec: { containers: { name: string; image: string; [field: string]: unknown }[]; [field: string]: unknown };
  };
}

/** A Job at the end of an interval. */
export interface JobCheck {
  name: string;
  builtin?: undefined;
  web?: undefined;
  job: JobPlan;
  timeoutMs: number;
}
