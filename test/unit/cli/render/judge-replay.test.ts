import { describe, expect, it } from 'vitest';
import { renderReplay } from '../../../../src/cli/render/judge-replay.ts';
import type { Tick } from '../../../../src/judge/compare/types.ts';
import { LOOK, looks, TICKS } from './judge-ticks.ts';

describe('the table of a replay', () => {
  it('has a line per tick and ends with the sentence of the decision', () => {
    const lines = renderReplay(looks(TICKS), LOOK);
    expect(lines[0]).toMatch(/^tick {2}canary errors {2}primary errors {2}against/);
    expect(lines[1]).toMatch(/^1 +8\/150 5\.3 % +3\/2850 0\.11 %/);
    expect(lines[3]).toContain('no data');
    expect(lines[4]).toContain('abort (worse)');
    expect(lines.slice(6).join(' ')).toMatch(/^Abort at tick 4: .*canary .* errors/);
  });

  it('names the first pass and how it stands at the end', () => {
    const healthy = [1, 2, 3, 4].map((tick) => ({
      tick,
      canary: { requests: 3000, errors: 3 },
      primary: { requests: 3000, errors: 3 },
    }));
    expect(renderReplay(looks(healthy), LOOK).slice(6).join(' ')).toMatch(
      /^First pass at tick \d\. At the end \(tick 4\) pass: /,
    );
  });

  it('of the threshold rule counts failed checks', () => {
    const check = { verdict: 'abort' as const, success: 0.5, failed: true, failedChecks: 5 };
    const lines = renderReplay([{ counts: TICKS[0] as Tick, check }], LOOK);
    expect(lines[0]).toMatch(/failed {2}verdict$/);
    expect(lines.at(-1)).toBe('Abort at tick 1: 5 failed checks, success rate 50 % in this tick.');
  });
});
