/** Verdicts on counters that come, go and arrive late, in a real Prometheus on a clock that is set: a few of `npm run counting`. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { KINDS } from '../../../bench/counting/kinds.ts';
import { measure } from '../../../bench/counting/measure.ts';
import { Store } from '../../../bench/counting/store.ts';
import { currentLab } from '../../../lab/index.ts';
import { judgeInterval } from '../../../src/judge/interval.ts';
import { IntervalSampler } from '../../../src/metrics/interval-sampler.ts';
import { Prometheus } from '../../../src/metrics/prometheus.ts';
import { familyOf } from '../../../src/metrics/request-queries.ts';

const FEW = [
  'a caller pod goes',
  'containers restart',
  'Prometheus restarts',
  'two replicas with gaps',
  'scrapes of 5 s, 30 s late',
];

let store: Store;
let client: Prometheus;

beforeAll(async () => {
  store = await Store.start('prometheus', process.env.PROMETHEUS_BIN ?? (currentLab().bin.prometheus as string));
  client = new Prometheus(store.url, { timeoutMs: 30_000 });
});

afterAll(async () => {
  await client.close();
  await store.stop();
});

it.each(KINDS.filter(({ name }) => FEW.includes(name)))('are right when $name', async (kind) => {
  const product = { IntervalSampler, familyOf, judgeInterval };
  const beginMs = Date.now() - 30 * 60_000;
  const verdicts = await measure(product, { client, store }, kind, { intervals: 4, beginMs });
  expect(verdicts).toMatchObject({ intervals: 4, wrong: 0, noAnswer: 0, miscounted: 0 });
});
