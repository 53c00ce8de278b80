import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import * as limits from '../../../src/contract/time-limits.ts';

const { REQUEST_MS, QUICK_MS, STATUS_MS, routeLimitMs } = limits;
const ROOT = join(import.meta.dirname, '..', '..', '..', 'src');

const routes = (kind: string, count: number) => ({
  traffic: { routes: Array.from({ length: count }, (_, at) => ({ kind, name: `r${at}`, namespace: 'demo' })) },
});

/** Every time-out that a workflow gives an activity, as it is written. */
function writtenTimeouts(): { file: string; value: string }[] {
  const folder = join(ROOT, 'workflows');
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .flatMap((file) =>
      [...readFileSync(join(folder, file), 'utf8').matchAll(/(?:ToClose|ToStart|heartbeat)Timeout: (.+?)[,\n]/g)].map(
        ([, value = '']) => ({ file, value }),
      ),
    );
}

describe('time limits', () => {
  test('are derived in one place: no workflow writes a number', () => {
    const written = writtenTimeouts();
    expect(written.length).toBeGreaterThan(15);
    expect(written.filter(({ value }) => /['"\d]/.test(value))).toEqual([]);
  });

  test('a request ends before every activity and every silence', () => {
    const activities = [QUICK_MS, limits.CONTROL_MS, limits.READ_MS, routeLimitMs(routes('VirtualService', 1))];
    const silences = [limits.SILENCE_MS, limits.LONG_SILENCE_MS];
    const waits = [limits.INTERVAL_SLACK_MS, limits.UNSERVED_MS, limits.acceptanceMs({ timeoutMs: 1 })];
    for (const limit of [...activities, ...silences, ...waits]) expect(limit).toBeGreaterThan(REQUEST_MS);
  });

  test.each([1, 3, 20])('a write of %i routes has time for a status that is pending', (count) => {
    expect(routeLimitMs(routes('HTTPRoute', count))).toBeGreaterThan(REQUEST_MS + STATUS_MS);
    expect(limits.backLimitMs(routeLimitMs(routes('HTTPRoute', count)))).toBeGreaterThan(
      routeLimitMs(routes('HTTPRoute', count)),
    );
  });

  test('an interval may wait for the status of its route, and for two scrapes of 90 s', () => {
    expect(limits.INTERVAL_SLACK_MS).toBeGreaterThan(limits.TAKEN_MS + 2 * 90_000 + 2 * REQUEST_MS);
    expect(limits.LONGEST_OBSERVE_MS).toBeGreaterThan(3 * 90_000);
  });

  test('an acceptance test has time for every try', () => {
    expect(limits.acceptanceMs({ timeoutMs: 60_000 })).toBeGreaterThan(limits.TEST_TRIES * 60_000);
  });
});
