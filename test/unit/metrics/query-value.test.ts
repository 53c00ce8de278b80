import { afterEach, describe, expect, it } from 'vitest';
import { Prometheus, type QueryOutcome } from '../../../src/metrics/prometheus.ts';
import { queryFault, queryValue } from '../../../src/metrics/query-value.ts';
import { fakePrometheus, json, pour, type QueryAnswer, vector } from '../../support/fakes/prometheus.ts';

const open: (() => void)[] = [];
afterEach(() => {
  for (const close of open.splice(0)) close();
});

async function outcomeOf(answer: QueryAnswer, options = {}): Promise<QueryOutcome> {
  const server = await fakePrometheus(answer);
  const client = new Prometheus(server.url, options);
  open.push(server.close, () => void client.close());
  return client.query('x');
}

const of =
  (resultType: string, result: unknown): QueryAnswer =>
  (_, r) =>
    json(r, { status: 'success', data: { resultType, result } });
const numbers =
  (...values: string[]): QueryAnswer =>
  (_, r) =>
    json(r, vector(values.map((value, index) => [{ pod: String(index) }, value])));

it.each(['0', '-1.5', '1e300'])('%s is a value', async (text) => {
  const outcome = await outcomeOf(numbers(text));
  expect(queryValue(outcome)).toEqual({ value: Number(text) });
  expect(queryFault(outcome)).toBeUndefined();
});

it('an answer without series is zero only where the plan says so, and only a whole one', async () => {
  expect(queryValue(await outcomeOf(numbers()), 'zero')).toEqual({ value: 0 });
  expect(queryValue(await outcomeOf(numbers()), 'noAnswer')).toHaveProperty('reason');
  expect(queryValue(await outcomeOf(numbers('NaN')), 'zero')).toHaveProperty('reason');
  expect(queryValue(await outcomeOf((_, response) => json(response, {}, 503)), 'zero')).toHaveProperty('reason');
  expect(queryValue(await outcomeOf(numbers('1', '2')), 'zero')).toHaveProperty('reason');
});

describe('no answer, and what is wrong with the query itself', () => {
  const warned = { status: 'success', data: { resultType: 'vector', result: [] }, warnings: ['a store is down'] };
  const cut: QueryAnswer = (_, response) => {
    response.writeHead(200, { 'content-length': '1000' });
    response.write('{', () => response.destroy());
  };
  it.each<[string, QueryAnswer, RegExp, RegExp | undefined]>([
    ['empty', numbers(), /no series matches/, undefined],
    ['NaN', numbers('NaN'), /gives NaN/, undefined],
    ['+Inf', numbers('+Inf'), /gives Infinity/, undefined],
    ['-Inf', numbers('-Inf'), /gives -Infinity/, undefined],
    ['several series', numbers('1', '2'), /gives 2 series/, /aggregate/],
    ['a scalar', of('scalar', [1, '1']), /answered with a scalar/, /vector\(…\)/],
    ['a string', of('string', [1, 'x']), /answered with a string/, /instant vector/],
    ['a matrix', of('matrix', []), /answered with a matrix/, /instant vector/],
    ['warnings', (_, r) => json(r, warned), /warned 1 times/, undefined],
    ['400', (_, r) => json(r, { error: 'parse error' }, 400), /HTTP 400/, /correct the query/],
    ['422', (_, r) => json(r, { error: 'too many' }, 422), /HTTP 422/, /correct the query/],
    ['503', (_, r) => json(r, {}, 503), /HTTP 503/, undefined],
    ['a redirect', (_, r) => void r.writeHead(302, { location: '/x' }).end(), /redirects are not/, undefined],
    ['a cut', cut, /cannot be reached/, undefined],
    ['a hang', () => {}, /did not answer within/, undefined],
    ['50 MB', (_, r) => pour(r, 50, () => {}), /larger than/, undefined],
  ])('%s', async (_, answer, reason, remedy) => {
    const outcome = await outcomeOf(answer, { timeoutMs: 300 });
    expect(queryValue(outcome)).toEqual({ reason: expect.stringMatching(reason) });
    const fault = queryFault(outcome);
    if (remedy) expect(fault?.remedy).toMatch(remedy);
    else expect(fault).toBeUndefined();
  });

  it("repeats Prometheus' words to who wrote the query, and to nobody else", async () => {
    const outcome = await outcomeOf((_, r) =>
      json(r, { status: 'error', errorType: 'bad_data', error: 'unknown function foo' }, 400),
    );
    expect(queryFault(outcome)?.problem).toContain('unknown function foo');
    expect(JSON.stringify(queryValue(outcome))).not.toContain('foo');
  });
});
