import { expect, it } from 'vitest';
import { measurableEvery, tooShortToMeasure } from '../../../src/metrics/measurable.ts';

it('wants two scrapes, and until the second can be read', () => {
  expect(measurableEvery({ scrapeMs: 15_000, lagMs: 0 })).toBe(30_000);
  expect(tooShortToMeasure(30_000, { scrapeMs: 15_000, lagMs: 0 })).toBeUndefined();
  expect(tooShortToMeasure(60_000, { scrapeMs: 15_000, lagMs: 30_200 })).toBe(
    'intervals of 60 s cannot be measured with a scrape every 15 s that can be read 30.2 s later: at least 61 s wanted',
  );
});
