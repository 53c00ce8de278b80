import { describe, expect, it } from 'vitest';
import { renderChart } from '../../../../src/cli/render/judge-chart.ts';
import type { TickOutput } from '../../../../src/judge/compare/types.ts';
import { judged, TICKS } from './judge-ticks.ts';

describe('the chart', () => {
  it('has both lines, both thresholds, the decision and colours for the dark', () => {
    const svg = renderChart(judged(TICKS), 'Evidence');
    expect(svg.match(/<polyline class="line (abort|pass)" points="([\d.]+,[\d.]+ ?){4}"/g)).toHaveLength(2);
    expect(svg).toContain('abort at 100 : 1');
    expect(svg).toContain('pass at 20 : 1');
    expect(svg).toContain('abort at tick 4');
    expect(svg).toContain('prefers-color-scheme: dark');
  });

  it('escapes everything that is shown', () => {
    const svg = renderChart(judged(TICKS), '<script>alert("x")</script>&\u0000\u001b[31m');
    for (const raw of ['<script', '\u0000', '\u001b']) expect(svg).not.toContain(raw);
    expect(svg).toContain('&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt;&amp;');
  });

  it('stays in its frame with extreme evidence, one tick or many', () => {
    const wild = judged(TICKS).map((output) => ({ ...output, lnAbort: 40 * output.tick ** 3, lnPass: -900 }));
    const many = Array.from({ length: 5_000 }, (_, i) => ({ ...(wild[0] as TickOutput), tick: i + 1 }));
    for (const outputs of [wild, wild.slice(0, 1), many]) {
      const svg = renderChart(outputs, 'x');
      expect(svg).not.toContain('NaN');
      const heights = [...svg.matchAll(/[\d.]+,(-?[\d.]+)/g)].map(([, y]) => Number(y));
      expect(Math.min(...heights)).toBeGreaterThanOrEqual(0);
      expect(Math.max(...heights)).toBeLessThanOrEqual(400);
    }
  });
});
