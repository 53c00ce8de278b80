import { describe, expect, it } from 'vitest';
import type { CellResult } from '../../../../bench/judge/index.ts';
import { renderSimulation, simulationCsv } from '../../../../bench/judge/report.ts';
import { LOOK } from '../../cli/render/judge-ticks.ts';

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
