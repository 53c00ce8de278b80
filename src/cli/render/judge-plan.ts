import type { Expectation, JudgePlan } from '../../judge/expectation.ts';
import { percent } from './judge-figures.ts';
import type { TerminalLook } from './look.ts';
import { type Column, renderTable, type TableCell } from './table.ts';
import { wrap } from './text.ts';

const COLUMNS: Column[] = [
  { title: 'primary', max: 10 },
  { title: 'canary', max: 10 },
  { title: 'outcome', max: 8 },
  { title: 'canary requests', max: 16 },
  { title: 'about', max: 30 },
];

export function renderJudgePlan(plan: JudgePlan, look: TerminalLook): string[] {
  const how = plan.weight === undefined ? 'mirrored' : `${plan.weight} % to the canary`;
  const perMinute = `${Number(plan.canaryRequestsPerMinute.toPrecision(3))} canary requests a minute`;
  return [
    ...wrap(`${plan.rps} requests per second, ${how}: ${perMinute}, a look every ${plan.tickSeconds} s`, look.width),
    ...renderTable(COLUMNS, plan.expectations.map(row), look),
  ];
}

function row({ primary, canary, outcome, requests, ticks, minutes }: Expectation): TableCell[] {
  const never = outcome === 'pass' ? 'never proven' : 'never: within tolerance';
  return [
    { text: percent(primary) },
    { text: percent(canary) },
    { text: outcome, style: outcome === 'pass' ? 'good' : 'bad' },
    { text: requests === null ? '-' : String(requests) },
    { text: minutes === null ? never : `${Number(minutes.toFixed(1))} min (${ticks} ticks)` },
  ];
}
