import { describe, expect, it } from 'vitest';
import { formatProblems } from '../../../../src/plan/index.ts';
import { changed, planOf, problemsOf } from '../../../support/plan-text.ts';

const withSeries = (text: string) => changed(['    checks:', `    series: ${text}\n    checks:`]);
const LABELS = { podLabel: 'pod', namespaceLabel: 'namespace' };

describe('analysis.series', () => {
  it.each([
    ['{ kind: istio }', { kind: 'istio' }],
    ['{ kind: envoy, cluster: "inbound|9080||" }', { kind: 'envoy', cluster: 'inbound|9080||', ...LABELS }],
    [
      '{ kind: envoy, cluster: web, clusterLabel: cluster_name, codeLabel: response_code_class, classes: true, podLabel: pod_name }',
      {
        kind: 'envoy',
        cluster: 'web',
        clusterLabel: 'cluster_name',
        codeLabel: 'response_code_class',
        classes: true,
        ...LABELS,
        podLabel: 'pod_name',
      },
    ],
    [
      '{ kind: app, requests: http_requests_total, durations: http_request_duration_seconds }',
      {
        kind: 'app',
        requests: 'http_requests_total',
        code: 'code',
        durations: 'http_request_duration_seconds',
        unit: 's',
        ...LABELS,
      },
    ],
  ])('%s', (text, series) => expect(planOf(withSeries(text)).analysis.series).toEqual(series));

  it('is absent unless a plan says it', () => expect(planOf(changed()).analysis.series).toBeUndefined());

  it.each([
    ['{ kind: nginx }', 'spec.analysis.series', 'kind: istio, envoy or app'],
    ['istio', 'spec.analysis.series', 'write the series, for example { kind: istio }'],
    ['{ kind: envoy }', 'series.cluster: is missing', 'inbound|9080||'],
    ['{ kind: envoy, cluster: x, codeLabel: "a=b" }', 'series.codeLabel: "a=b" is not allowed here', 'response_code'],
    ['{ kind: envoy, cluster: x, classes: 1 }', 'series.classes: 1 is not allowed here', 'true or false'],
    ['{ kind: app }', 'series.requests: is missing', 'http_requests_total'],
    ['{ kind: app, requests: "x{}" }', 'series.requests: "x{}" is not allowed here', 'letters, digits'],
    ['{ kind: app, requests: x, durations: y, unit: min }', 'series.unit: "min" is not allowed here', 's or ms'],
    ['{ kind: app, requests: x, durations: y, label: z }', 'series.label: unknown key', 'podLabel'],
    ['{ kind: app, requests: x }', 'the series have no answer times', 'series.durations'],
  ])('%s is refused with its place and what would be right', (text, problem, remedy) => {
    const shown = formatProblems(problemsOf(withSeries(text)));
    expect(shown).toContain(problem);
    expect(shown).toContain(remedy);
  });
});
