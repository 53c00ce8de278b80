import type { Style } from '../../contract/badge.ts';
import type { ArmCounts, Verdict } from '../../judge/compare/types.ts';
import { type Looked, verdictOf } from '../commands/judge/look.ts';
import { odds, percent } from './judge-figures.ts';
import { type TerminalLook, toLine } from './look.ts';
import { type Column, renderTable, type TableCell } from './table.ts';
import { wrap } from './text.ts';

const STYLES: Record<Verdict, Style> = { abort: 'bad', pass: 'good', inconclusive: 'warn', continue: 'quiet' };

const ARMS: Column[] = [
  { title: 'tick', max: 12 },
  { title: 'canary errors', max: 20 },
  { title: 'primary errors', max: 20 },
];

const COMPARE: Column[] = [
  ...ARMS,
  { title: 'against', max: 8 },
  { title: 'led by', max: 14 },
  { title: 'health', max: 8 },
  { title: 'verdict', max: 40 },
];
const THRESHOLD: Column[] = [...ARMS, { title: 'failed', max: 6 }, { title: 'verdict', max: 40 }];

/** A line per tick and the closing sentence. */
export function renderReplay(looks: readonly Looked[], look: TerminalLook): string[] {
  const compared = looks.some((one) => 'output' in one);
  const rows = looks.map((one) => [...armCells(one), ...ruleCells(one)]);
  const closing = wrap(closingSentence(looks), look.width).map((line) => toLine([['strong', line]], look));
  return [...renderTable(compared ? COMPARE : THRESHOLD, rows, look), '', ...closing];
}

function armCells({ counts }: Looked): TableCell[] {
  return [{ text: String(counts.tick) }, { text: arm(counts.canary) }, { text: arm(counts.primary) }];
}

function arm(counts: ArmCounts | null | undefined): string {
  if (!counts) return 'no data';
  const { requests, errors } = counts;
  return requests > 0 ? `${round(errors)}/${round(requests)} ${percent(errors / requests)}` : 'none';
}

const round = (count: number) => Number(count.toFixed(1));

function ruleCells(look: Looked): TableCell[] {
  const verdict = verdictOf(look);
  if ('check' in look) return [{ text: String(look.check.failedChecks) }, { text: verdict, style: STYLES[verdict] }];
  const { lnAbort, lnPassReached, reason, metrics } = look.output;
  const leading = metrics.toSorted((a, b) => b.lnAbort - a.lnAbort)[0];
  return [
    { text: odds(lnAbort) },
    { text: leading ? `${leading.metric}${leading.le === undefined ? '' : ` >${leading.le}`}` : '-' },
    { text: odds(lnPassReached) },
    { text: `${verdict} (${reason})`, style: STYLES[verdict] },
  ];
}

/** The first abort, else the first pass and how it stands at the end. */
function closingSentence(looks: readonly Looked[]): string {
  const aborted = looks.find((look) => verdictOf(look) === 'abort');
  const last = looks.at(-1);
  if (aborted) return `Abort at tick ${aborted.counts.tick}: ${words(aborted)}.`;
  const passed = looks.find((look) => verdictOf(look) === 'pass');
  const first = passed ? `First pass at tick ${passed.counts.tick}. ` : '';
  return last ? `${first}At the end (tick ${last.counts.tick}) ${verdictOf(last)}: ${words(last)}.` : 'No ticks.';
}

function words(look: Looked): string {
  if ('output' in look) return look.output.sentence;
  const { success, failedChecks } = look.check;
  return `${failedChecks} failed checks, ${success === undefined ? 'no data' : `success rate ${percent(success)}`} in this tick`;
}
