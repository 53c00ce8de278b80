import { describe, expect, it } from 'vitest';
import {
  type CellResult,
  cellNamed,
  createRandom,
  parseTraffic,
  type SimulationSettings,
  series,
  simulate,
} from '../../../../bench/judge/index.ts';

const settings = (change: Partial<SimulationSettings>): SimulationSettings => ({
  rollouts: 10,
  seed: 1,
  cells: [cellNamed('same-1')],
  traffic: [parseTraffic('50rps-5')],
  rules: ['compare'],
  options: { warmupTicks: 0 },
  ...change,
});

const rows = (wanted: SimulationSettings): CellResult[] => [...simulate(wanted)].flatMap(({ finished }) => finished);

describe('traffic', () => {
  it('is read from its name', () => {
    expect(parseTraffic('2.5rps-10')).toEqual({ name: '2.5rps-10', rps: 2.5, share: 10 });
    expect(parseTraffic('50rps-mirror').share).toBe('mirror');
  });

  it.each(['50', '50rps', '0rps-5', '50rps-0', '50rps-100', 'rps-5', '50rps-all'])('%s is refused', (name) => {
    expect(() => parseTraffic(name)).toThrow(/write RATErps-WEIGHT or RATErps-mirror/);
  });
});

describe('a series', () => {
  const total = (cell: string, traffic: string, from: number, to: number) => {
    const sum = { canary: { requests: 0, errors: 0 }, primary: { requests: 0, errors: 0 } };
    for (let rollout = 0; rollout < 40; rollout += 1) {
      for (const tick of series(cellNamed(cell), parseTraffic(traffic), createRandom('series', cell, rollout)).slice(
        from - 1,
        to,
      )) {
        for (const arm of ['canary', 'primary'] as const) {
          sum[arm].requests += tick[arm].requests;
          sum[arm].errors += tick[arm].errors;
        }
      }
    }
    return {
      ...sum,
      canaryRate: sum.canary.errors / sum.canary.requests,
      primaryRate: sum.primary.errors / sum.primary.requests,
    };
  };

  it('has 60 ticks, split by weight or copied', () => {
    const split = series(cellNamed('same-1'), parseTraffic('50rps-5'), createRandom(1));
    expect(split.map(({ tick }) => tick)).toEqual(Array.from({ length: 60 }, (_, i) => i + 1));
    const { canary, primary } = total('same-1', '50rps-5', 1, 60);
    expect(canary.requests / (canary.requests + primary.requests)).toBeCloseTo(0.05, 3);
    const mirrored = series(cellNamed('same-1'), parseTraffic('50rps-mirror'), createRandom(1));
    expect(mirrored.every((tick) => tick.canary.requests === tick.primary.requests)).toBe(true);
  });

  it('has its outage in minutes 20 to 24', () => {
    expect(total('outage', '50rps-mirror', 20, 24).canaryRate).toBeCloseTo(0.2, 2);
    expect(total('outage', '50rps-mirror', 25, 60).canaryRate).toBeLessThan(0.002);
  });

  it('shows the outage to a canary that is read 15 s later a quarter of a minute earlier', () => {
    const before = total('skew', '50rps-mirror', 19, 19);
    expect(before.canaryRate).toBeCloseTo(0.25 * 0.2 + 0.75 * 0.001, 2);
    expect(before.primaryRate).toBeLessThan(0.002);
    const last = total('skew-early', '50rps-mirror', 8, 8);
    expect(last.canaryRate).toBeCloseTo(0.75 * 0.2, 2);
    expect(last.primaryRate).toBeCloseTo(0.2, 2);
  });
});

describe('simulate', () => {
  it('gives the same rows for the same seed, whichever cells, traffic and rules run beside', () => {
    const alone = rows(settings({}));
    const among = rows(
      settings({
        cells: [cellNamed('half-down'), cellNamed('same-1')],
        traffic: [parseTraffic('1rps-5'), parseTraffic('50rps-5')],
        rules: ['threshold', 'compare'],
      }),
    );
    expect(among.filter((row) => row.cell === 'same-1' && row.traffic === '50rps-5' && row.rule === 'compare')).toEqual(
      alone,
    );
    expect(rows(settings({ seed: 2, rules: ['z-test'], rollouts: 60 }))).not.toEqual(
      rows(settings({ rules: ['z-test'], rollouts: 60 })),
    );
  });

  it('finds what it should: no abort without a difference, every canary that is half down', () => {
    const found = rows(settings({ cells: ['same-1', 'outage', 'skew', 'skew-early', 'half-down'].map(cellNamed) }));
    expect(found.map(({ cell, aborted, abortTick }) => [cell, aborted, abortTick])).toEqual([
      ['same-1', 0, undefined],
      ['outage', 0, undefined],
      ['skew', 0, undefined],
      ['skew-early', 0, undefined],
      ['half-down', 10, 2],
    ]);
    expect(found[0]?.passed).toBe(10);
  });

  it('tells how far it is after every piece and ends at all of it', () => {
    const pieces = [...simulate(settings({ rollouts: 50, rules: ['threshold'] }))];
    expect(pieces.map(({ done, all, finished }) => [done, all, finished.length])).toEqual([
      [20, 50, 0],
      [40, 50, 0],
      [50, 50, 1],
    ]);
  });

  it('names the cells there are when one is not', () => {
    expect(() => cellNamed('sames')).toThrow(/cell "sames" is not known: same-0.1, same-1/);
  });
});
