import { describe, expect, it } from 'vitest';
import { formatProblems } from '../../../../src/plan/index.ts';
import { changed, planOf, problemsOf } from '../../../support/plan-text.ts';

const withSeries = (text: string) => changed(['    checks:', `    series: ${text}\n    checks:`]);

describe('analysis.series', () => {
  it.each([
    ['{ kind: istio }', { kind: 'istio' }],
    ['{ kind: envoy, cluster: "inbound|9080||" }', { kind: 'envoy', cluster: 'inbound|9080||' }],
    [
      '{ kind: envoy, cluster: web, clusterLabel: cluster_name, codeLabel: response_code_class, classes: true, podLabel: pod_name }',
      {
        kind: 'envoy',
        cluster: 'web',
        clusterLabel: 'cluster_name',
        codeLabel: 'response_code_class',
        classes: true,
        podLabel: 'pod_name',
      },
    ],
    [
      '{ kind: app, requests: http_requests_total, durations: http_request_duration_seconds }',
      {
        kind: 'app',
        requests: 'http_requests_total',
        durations: 'http_request_duration_seconds',
        unit: 's',
      },
    ],
    [
      '{ kind: app, requests: r, durations: d, matchers: { handler: { "=~": "/api.*", "!=": "/api/health" }, method: GET, job: { "!=": "" } } }',
      {
        kind: 'app',
        requests: 'r',
        durations: 'd',
        unit: 's',
        matchers: { handler: { '=~': '/api.*', '!=': '/api/health' }, method: 'GET', job: { '!=': '' } },
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
    ['{ kind: app, requests: x, matchers: { h: { "==": a } } }', 'matchers.h["=="]: unknown key', 'did you mean "="?'],
    [
      '{ kind: app, requests: x, matchers: { h: 200 } }',
      'matchers.h: 200 is not allowed here',
      'write a text, or operators',
    ],
    ['{ kind: app, requests: x, matchers: { h: "" } }', 'matchers.h: "" is not allowed here', '{ "=": "" }'],
    ['{ kind: app, requests: x, matchers: { "a-b": c } }', '"a-b" is not allowed here', 'letters, digits'],
    ['{ kind: app, requests: x, matchers: { h: { "=~": "(?!a)b" } } }', '"(?!a)b" is no pattern', '"!~" says'],
    ['{ kind: app, requests: x, matchers: { h: { "!~": "a[b" } } }', '"a[b" is no pattern', 'close what it opens'],
    ['{ kind: app, requests: x, matchers: { pod: a } }', 'matchers.pod: this label is matched for each', 'remove it'],
    ['{ kind: app, requests: x }', 'the series have no answer times', 'series.durations'],
  ])('%s is refused with its place and what would be right', (text, problem, remedy) => {
    const shown = formatProblems(problemsOf(withSeries(text)));
    expect(shown).toContain(problem);
    expect(shown).toContain(remedy);
  });
});
