import { expect, test } from 'vitest';
import { feltLines, momentLines, usersFelt } from '../../../../../lab/demo/hostile/summary.ts';
import type { ProbeRecord } from '../../../../../lab/prober/index.ts';

/** One request every 100 ms from 0 on: `g` good canary, `b` failed canary, `p` primary, `x` no answer. */
const records = (answers: string): ProbeRecord[] =>
  [...answers].map((answer, n) => {
    const version = { g: 'v3', b: 'v3', p: 'v1' }[answer] ?? null;
    const status = { g: 200, b: 500, p: 200 }[answer] ?? null;
    return { n, id: `r-${n}`, sentAt: n * 100, ms: 5, status, version, pod: null };
  });

const film = { records: records('gpgbpgbpgbpppppppp'), version: 'v3', badAt: 300, writableAt: 700 };

test('counts failures of the canary from when it turned bad to its last request', () => {
  expect(usersFelt(film)).toEqual({ backAt: 900, total: 18, failed: 3, failedElsewhere: 0, rate: 3 / 7, since: 8 });
});

test('a request that nobody answered is no failure of the canary', () => {
  const felt = usersFelt({ ...film, records: records('gpgbpgbxgbpppppppp') });
  expect(felt).toMatchObject({ failed: 4, failedElsewhere: 1, rate: 3 / 7 });
});

test('what users felt, in lines that fit', () => {
  const lines = feltLines(usersFelt(film), film, 60, 90);
  expect(lines.slice(0, 3)).toEqual([
    'users back on v1 after 0.2 s, from the moment a write could be taken again',
    'users back on v1 after 0.6 s, from the moment the canary turned bad',
    'requests failed: 3 of 18',
  ]);
  expect(lines[3]).toMatch(/^users spared: 3 would have failed, had users stayed at 60 %/);
  expect(lines.slice(3).join(' ').replace(/ +/g, ' ')).toMatch(/failed 42\.9 % of all requests .* and 8 came since/);
  expect(lines.every((line) => line.length <= 90)).toBe(true);
});

test('moments in the order of time, long ones below themselves', () => {
  const moments = [
    { at: 61_000, what: 'over' },
    { at: 1_000, what: 'it begins, and goes on for long' },
  ];
  expect(momentLines(moments, 1_000, 30)).toEqual([
    '   0.0  it begins, and',
    '          goes on for long',
    '  60.0  over',
  ]);
});
