import { describe, expect, it } from 'vitest';
import { formatProblems } from '../../../../src/plan/index.ts';
import { changed, planOf, problemsOf } from '../../../support/plan-text.ts';

const CHECK = '      - { name: duration, builtin: requestDuration, quantile: 0.99, max: 500ms }';
const RATE = '      - { name: success-rate, builtin: requestSuccessRate, min: 99 }';
const ADDRESS: [string, string] = ['    prometheus: http://prometheus:9090\n', ''];
const withCheck = (text: string) => changed([CHECK, `      - ${text}`]);
const said = (text: string) => formatProblems(problemsOf(withCheck(text)));

describe('a check of a web address', () => {
  it('is kept as it is written, its path the root by default', () => {
    const text =
      '{ name: errors, web: { source: datadog, path: "/q?v={{revision}}", pointer: /a/0 }, max: 1, unit: /s }';
    expect(planOf(withCheck(text)).analysis.checks[1]).toEqual({
      name: 'errors',
      web: { source: 'datadog', path: '/q?v={{revision}}', pointer: '/a/0' },
      max: 1,
      unit: '/s',
    });
    const own = '{ name: errors, web: { address: "https://quality.example.com", pointer: "" }, max: 1 }';
    expect(planOf(withCheck(own)).analysis.checks[1]).toMatchObject({ web: { path: '/', pointer: '' } });
  });

  it.each([
    ['{ name: e, web: { pointer: /a }, max: 1 }', 'checks[1].web: one of source and address says who is asked'],
    ['{ name: e, web: { source: a, address: "http://b", pointer: /a }, max: 1 }', 'checks[1].web: one of source'],
    ['{ name: e, web: { source: a, pointer: a }, max: 1 }', 'checks[1].web.pointer: "a" is not allowed here'],
    ['{ name: e, web: { source: a, pointer: /~2 }, max: 1 }', 'write a JSON pointer (RFC 6901)'],
    ['{ name: e, web: { source: a, pointer: /a } }', 'checks[1]: the check has no limit'],
    ['{ name: e, web: { source: a, pointer: /a, path: "/{{pods}}" }, max: 1 }', '{{pods}} is unknown'],
    ['{ name: e, web: { source: a, pointer: /a, path: "//b" }, max: 1 }', 'checks[1].web.path'],
    ['{ name: e, web: { source: a, pointer: /a }, max: 1, emptyMeans: zero }', 'a check of web has no emptyMeans'],
    ['{ name: e, web: { source: a, pointer: /a }, max: 1, query: "x" }', 'the check has query as well'],
  ])('%s is refused with its place', (text, message) => expect(said(text)).toContain(message));
});

describe('a check by a job', () => {
  const template = 'template: { spec: { containers: [{ name: smoke, image: "smoke:v1" }] } }';

  it('has two minutes by default', () => {
    expect(planOf(withCheck(`{ name: smoke, job: { ${template} } }`)).analysis.checks[1]).toEqual({
      name: 'smoke',
      job: { template: { spec: { containers: [{ name: 'smoke', image: 'smoke:v1' }] } } },
      timeoutMs: 120_000,
    });
  });

  it.each([
    [`{ name: smoke, job: { ${template} }, max: 1 }`, 'checks[1].max: a check of job has no max; remove max'],
    ['{ name: smoke, job: {} }', 'checks[1].job.template'],
    [`{ name: smoke, query: "x", max: 1, timeout: 1m }`, 'checks[1].timeout: a check of query has no timeout'],
  ])('%s is refused with its place', (text, message) => expect(said(text)).toContain(message));

  it('and one of a web address need no metric source', () => {
    const others = `      - { name: smoke, job: { ${template} } }\n      - { name: e, web: { source: a, pointer: /a }, max: 1 }`;
    const { analysis } = planOf(changed([RATE, others], [`${CHECK}\n`, ''], ADDRESS));
    expect([analysis.source, analysis.prometheus]).toEqual([undefined, undefined]);
  });
});

describe('a check at one weight', () => {
  it('names a weight of the plan, and is not the only one', () => {
    const at = (weight: number) => `{ name: duration, builtin: requestDuration, max: 500ms, at: ${weight} }`;
    expect(planOf(withCheck(at(20))).analysis.checks[1]).toMatchObject({ at: 20, maxMs: 500 });
    expect(said(at(30))).toContain('checks[1].at: 30 is no weight of the plan; write one of 20, 40, 60, 80, 100');
    const only = changed([RATE, RATE.replace(' }', ', at: 20 }')], [CHECK, CHECK.replace(' }', ', at: 40 }')]);
    expect(formatProblems(problemsOf(only))).toContain('every check counts at one weight alone');
  });
});

describe('{{service}} and {{revision}}', () => {
  const service = `{ name: own, query: 'sum(x{s="{{service}}"})', max: 1 }`;

  it('tell the arms apart where they can', () => {
    expect(said(service)).toContain(
      'checks[1].query: the query does not tell canary from primary: both have one Service',
    );
    expect(said(service.replace('service', 'revision'))).toBe('');
    const two: [string, string] = ['canary: { host: reviews, subset: v2 }', 'canary: { host: reviews-canary }'];
    expect(formatProblems(problemsOf(changed([CHECK, `      - ${service}`], two)))).toBe('');
  });
});
