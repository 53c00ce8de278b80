import { z } from 'zod';
import { expects, wording } from '../wording.ts';
import { matchers, labelName as name } from './matchers.ts';
import { flag, shortText } from './scalars.ts';
import { rule, section } from './section.ts';

const labels = {
  podLabel: name('pod').optional().describe("Label with the name of the pod; default: the metric source's, else pod"),
  namespaceLabel: name('namespace')
    .optional()
    .describe("Label with its namespace; default: the metric source's, else namespace"),
};

/** `analysis.series`: where the built-in checks and the comparison find requests and answer times. */
export const series = z.discriminatedUnion(
  'kind',
  [
    section({ kind: z.literal('istio').describe("Istio's standard metrics") }),
    section({
      kind: z.literal('envoy').describe("Envoy's own counters"),
      cluster: shortText('the cluster that leads into the pod, for example inbound|9080||', 256).describe(
        'Name of the cluster',
      ),
      clusterLabel: name('cluster_name')
        .optional()
        .describe("Label with the cluster's name; default: envoy_cluster_name; of an Istio sidecar cluster_name"),
      codeLabel: name('response_code')
        .optional()
        .describe('Label with the response code; default: envoy_response_code; of an Istio sidecar response_code'),
      classes: flag
        .optional()
        .describe('Count by class (envoy_cluster_upstream_rq_xx) instead of by code; default: false'),
      protocol: z
        .enum(['http', 'grpc'], { error: expects('http or grpc') })
        .optional()
        .describe('grpc: count by gRPC status (envoy_cluster_grpc_<status>, of the filter grpc_stats); default: http'),
      ...labels,
    }),
    section({
      kind: z.literal('app').describe('Metrics of the application'),
      requests: name('http_requests_total').describe('Counter of requests'),
      code: name('code')
        .optional()
        .describe("Its label with the response code; default: the metric source's, else code"),
      grpcStatus: name('grpc_code')
        .optional()
        .describe('Its label with the gRPC status, in words or numbers; where it has a value, the code does not count'),
      durations: name('http_request_duration_seconds')
        .optional()
        .describe('Histogram of answer times, without _bucket; default: answer times are not looked at'),
      unit: z
        .enum(['s', 'ms'], { error: expects('s or ms') })
        .default('s')
        .describe('Unit of the histogram'),
      matchers: matchers
        .optional()
        .describe('Labels that both must have: a text, or operators with texts and patterns; default: none'),
      ...labels,
    }).check(
      rule(
        ['matchers', 'podLabel', 'namespaceLabel'],
        ({ matchers = {}, podLabel = 'pod', namespaceLabel = 'namespace' }, report) => {
          const taken = [podLabel, namespaceLabel].find((label) => Object.hasOwn(matchers, label));
          if (taken) report(['matchers', taken], 'this label is matched for each of the two sides', 'remove it');
        },
      ),
    ),
  ],
  {
    error: (issue) =>
      issue.code === 'invalid_union'
        ? expects('kind: istio, envoy or app')({ ...issue, input: kindOf(issue.input) })
        : wording('is not a section with keys', 'write the series, for example { kind: istio }'),
  },
);

function kindOf(input: unknown): unknown {
  return typeof input === 'object' && input !== null && 'kind' in input ? input.kind : undefined;
}
