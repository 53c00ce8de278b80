import { expect, it, vi } from 'vitest';
import type { PrometheusClient, QueryOutcome } from '../../../src/metrics/prometheus.ts';
import { SharedQueries } from '../../../src/metrics/shared-queries.ts';

type Ask = (promql: string) => QueryOutcome | Promise<QueryOutcome>;

function sharing(ask: Ask): {
  asked: string[];
  query: (promql: string, signal?: AbortSignal) => Promise<QueryOutcome>;
} {
  const asked: string[] = [];
  const query = vi.fn(async (promql: string) => {
    asked.push(promql);
    return ask(promql);
  });
  const client = new SharedQueries({ query } as unknown as PrometheusClient);
  return { asked, query: (promql, signal) => client.query(promql, { shared: true, ...(signal && { signal }) }) };
}

const sample = (value: number, labels: Record<string, string> = {}) => ({ labels, value, timeMs: 7 });
const failed = (kind: 'badQuery' | 'unreachable' | 'partial'): QueryOutcome => ({
  ok: false,
  error: { kind, message: kind },
});

it('asks once for what is asked at the same time, and gives everybody what is theirs', async () => {
  const { asked, query } = sharing(() => ({
    ok: true,
    samples: [sample(1, { pod: 'x', part: '0' }), sample(2, { pod: 'x', part: '1' }), sample(3, { part: '1' })],
  }));
  const answers = await Promise.all([query('a'), query('b'), query('a')]);
  expect(asked).toEqual(['label_replace(a, "part", "0", "", "") or label_replace(b, "part", "1", "", "")']);
  const [one, two] = [[sample(1, { pod: 'x' })], [sample(2, { pod: 'x' }), sample(3)]];
  expect(answers.map((answer) => answer.ok && answer.samples)).toEqual([one, two, one]);
});

it('asks alone as it was written', async () => {
  const { asked, query } = sharing(() => ({ ok: true, samples: [sample(1)] }));
  expect(await query('a')).toEqual({ ok: true, samples: [sample(1)] });
  expect(asked).toEqual(['a']);
});

it.each(['badQuery', 'partial'] as const)('asks for each when the whole is %s', async (kind) => {
  const { query } = sharing((promql) => (promql === 'b' ? { ok: true, samples: [sample(2)] } : failed(kind)));
  expect(await Promise.all([query('a'), query('b')])).toEqual([failed(kind), { ok: true, samples: [sample(2)] }]);
});

it('asks a source that is away once', async () => {
  const { asked, query } = sharing(() => failed('unreachable'));
  expect(await Promise.all([query('a'), query('b')])).toEqual([failed('unreachable'), failed('unreachable')]);
  expect(asked).toHaveLength(1);
});

it('makes no union longer than a store reads at once', async () => {
  const { asked, query } = sharing(() => ({ ok: true, samples: [] }));
  await Promise.all(Array.from({ length: 6 }, (_, index) => query(`${index}${'x'.repeat(9_000)}`)));
  expect(asked).toHaveLength(3);
});

it('leaves whoever does not want to wait any more, and nobody else', async () => {
  const { query } = sharing(async () => {
    await new Promise((resolve) => setTimeout(resolve, 50));
    return { ok: true, samples: [] };
  });
  const stop = new AbortController();
  const [left, stayed] = [query('a', stop.signal), query('a')];
  stop.abort(new Error('left'));
  await expect(left).rejects.toThrow('left');
  expect(await stayed).toEqual({ ok: true, samples: [] });
});
