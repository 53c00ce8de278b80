import { describe, expect, it } from 'vitest';
import { expectation } from '../../../../src/cli/commands/judge/expectation.ts';
import type { Looked } from '../../../../src/cli/commands/judge/look.ts';
import { renderChart } from '../../../../src/cli/render/judge-chart.ts';
import { odds, percent } from '../../../../src/cli/render/judge-figures.ts';
import { renderJudgePlan } from '../../../../src/cli/render/judge-plan.ts';
import { renderReplay } from '../../../../src/cli/render/judge-replay.ts';
import { renderSimulation, simulationCsv } from '../../../../src/cli/render/judge-simulate.ts';
import { openProgress } from '../../../../src/cli/terminal/progress-bar.ts';
import { initial, step, type Tick, type TickOutput } from '../../../../src/judge/compare/index.ts';
import type { CellResult } from '../../../../src/judge/simulation/index.ts';

const LOOK = { width: 100, color: false, unicode: true };

const TICKS: Tick[] = [
  { tick: 1, canary: { requests: 150, errors: 8 }, primary: { requests: 2850, errors: 3 } },
  { tick: 2, canary: { requests: 150, errors: 7 }, primary: { requests: 2850, errors: 2 } },
  { tick: 3, canary: { requests: 150, errors: 9 }, primary: null },
  { tick: 4, canary: { requests: 150, errors: 9 }, primary: { requests: 2850, errors: 4 } },
];

function judged(ticks: Tick[]): TickOutput[] {
  let state = initial({ warmupTicks: 0 });
  return ticks.map((tick) => {
    const next = step(state, tick);
    state = next.state;
    return next.output;
  });
}

const looks = (ticks: Tick[]): Looked[] => judged(ticks).map((output, i) => ({ counts: ticks[i] as Tick, output }));

describe('figures', () => {
  it('are short and keep what matters', () => {
    expect([odds(0), odds(Math.log(240.4)), odds(-60), odds(1e4)]).toEqual(['1', '240', '10^-27', '10^4342']);
    expect([percent(0.00132), percent(0.1234), percent(0), percent(1)]).toEqual(['0.13 %', '12.3 %', '0 %', '100 %']);
  });
});

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

describe('what to expect', () => {
  const setting = { options: {}, share: 0.05, perTick: 150, tick: 60_000 };

  it('is about the requests, with warm-up and the least number of ticks', () => {
    const healthy = expectation({ primary: 0.001, canary: 0.001 }, 'pass', setting);
    expect(healthy.ticks).toBe(2 + Math.ceil((healthy.requests ?? 0) / 150));
    expect(healthy.requests).toBeGreaterThan(1350);
    expect(healthy.requests).toBeLessThan(1450);
    expect(expectation({ primary: 0.001, canary: 0.5 }, 'abort', setting)).toMatchObject({ ticks: 4, minutes: 4 });
    expect(expectation({ primary: 0.001, canary: 0.001 }, 'pass', { ...setting, perTick: 1e6 }).ticks).toBe(5);
  });

  it('is never for what is tolerated, and the table says so', () => {
    const never = expectation({ primary: 0.01, canary: 0.011 }, 'abort', setting);
    expect(never).toMatchObject({ requests: null, ticks: null, minutes: null });
    const plan = { rps: 50, weight: 5, canaryRequestsPerMinute: 150, tickSeconds: 60, expectations: [never] };
    expect(renderJudgePlan(plan, LOOK)).toEqual([
      '50 requests per second, 5 % to the canary: 150 canary requests a minute, a look every 60 s',
      'primary  canary  outcome  canary requests  about',
      '1 %      1.1 %   abort    -                never: within tolerance',
    ]);
  });
});

describe('results of a simulation', () => {
  const row = (change: Partial<CellResult>): CellResult => ({
    cell: 'same-1',
    title: 'no difference, 1 %',
    harmless: true,
    traffic: '50rps-5',
    rule: 'compare',
    rollouts: 200,
    aborted: 0,
    passed: 200,
    passTick: 14,
    passRequests: 2101,
    ...change,
  });
  const rows = [
    row({}),
    row({
      rule: 'z-test',
      aborted: 25,
      passed: 0,
      abortTick: 9,
      abortRequests: 1340,
      passTick: undefined,
      passRequests: undefined,
    }),
  ];

  it('are a table per cell with a row per traffic and a column per rule', () => {
    expect(renderSimulation(rows, LOOK).slice(1)).toEqual([
      '',
      'no difference, 1 %  (every abort is a false one; 200 rollouts)',
      '         compare  passed   z-test',
      '50rps-5  0        100 @14  12.5 @9',
    ]);
  });

  it('are CSV with a heading, quoted where it must be', () => {
    expect(simulationCsv([...rows, row({ title: 'a "b", c' })])).toEqual([
      'cell,title,harmless,traffic,rule,rollouts,aborted,passed,abortTick,passTick,abortRequests,passRequests',
      'same-1,"no difference, 1 %",true,50rps-5,compare,200,0,200,,14,,2101',
      'same-1,"no difference, 1 %",true,50rps-5,z-test,200,25,0,9,,1340,',
      'same-1,"a ""b"", c",true,50rps-5,compare,200,0,200,,14,,2101',
    ]);
  });
});

describe('the progress bar', () => {
  it('is drawn on terminals, not too often, and taken away', () => {
    let written = '';
    let now = 0;
    const stream = { isTTY: true, write: (text: string) => (written += text) };
    const bar = openProgress(stream, false, () => now);
    bar.show(10, 100);
    now = 100;
    bar.show(11, 100);
    now = 1000;
    bar.show(50, 100);
    bar.close();
    expect(written.split('\r').slice(1)).toEqual([
      '[###...........................] 10/100 rollouts, about 0 s left\u001b[K',
      '[###############...............] 50/100 rollouts, about 1 s left\u001b[K',
      '\u001b[K',
    ]);
  });

  it('is not drawn elsewhere, nor when it shall be quiet', () => {
    const write = () => expect.fail('nothing is to be written');
    for (const [isTTY, quiet] of [
      [false, false],
      [true, true],
    ] as const) {
      const bar = openProgress({ isTTY, write }, quiet);
      bar.show(1, 2);
      bar.close();
      expect(bar).toBeDefined();
    }
  });
});
