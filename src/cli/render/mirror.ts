/** Pictures of mirrors: a view in, lines out. */
import type { Badge } from '../../contract/badge.ts';
import { describeMirror, type MirrorNumbers, type MirrorView, type SideNumbers } from '../../contract/mirror.ts';
import type { MirrorProgress } from '../../contract/mirror-activities.ts';
import { formatFigure, formatSpan } from '../../contract/words.ts';
import type { MirrorEntry } from '../../steering/list-mirrors.ts';
import { type TerminalLook, type TextPart, toLine } from './look.ts';
import { timeOfDay } from './picture.ts';
import { renderTable } from './table.ts';
import { cleanDeep, wrap } from './text.ts';

const BADGES: Record<MirrorEntry['state'], Badge> = {
  starting: { mark: '◌', style: 'quiet' },
  running: { mark: '▶', style: 'busy' },
  stopping: { mark: '↩', style: 'warn' },
  ended: { mark: '✔', style: 'good' },
  stopped: { mark: '⊘', style: 'strong' },
  'target-lost': { mark: '✖', style: 'bad' },
  refused: { mark: '✖', style: 'bad' },
  failed: { mark: '✖', style: 'bad' },
  lost: { mark: '⚠', style: 'bad' },
};

function stateOf({ state, outcome }: MirrorView): MirrorEntry['state'] {
  return state === 'ended' && outcome ? outcome.kind : state;
}

/** What is copied, since when and how long, the numbers of both sides and what they prove. */
export function renderMirror(
  given: MirrorView,
  progress: MirrorProgress | undefined,
  look: TerminalLook,
  now: Date,
): string[] {
  const view = cleanDeep(given);
  const state = stateOf(view);
  const { mark, style } = BADGES[state];
  const since = Date.parse(view.since ?? view.startedAt);
  const until = view.endedAt ? Date.parse(view.endedAt) : now.getTime();
  const title: TextPart[] = [
    [style, `${mark} ${state.replace('-', ' ').toUpperCase()}`],
    '  ',
    ['strong', `${view.spec.namespace}/${view.spec.name}`],
    ['quiet', `  ${formatSpan(until - since)}`],
  ];
  const newer = progress && view.state === 'running' ? cleanDeep(progress) : undefined;
  return [
    toLine(title, look),
    ...paragraph(view.state === 'running' && newer ? `${view.sentence} ${newer.sentence}.` : view.sentence, look),
    ...paragraph(whereOf(view), look, 'quiet'),
    ...paragraph(timesOf(view, now), look, 'quiet'),
    ...numbers(newer?.numbers ?? view.numbers, look),
    ...view.problems.flatMap(({ where, problem, remedy }) =>
      paragraph(`✖ ${where} ${problem}; ${remedy}.`, look, 'bad'),
    ),
    ...view.warnings.flatMap((warning) => paragraph(`⚠ ${warning}`, look, 'warn')),
  ];
}

/** While it runs, the sentence above says what is copied. */
function whereOf({ spec, state }: MirrorView): string {
  const { kind, namespace, name, rules } = spec.route;
  const route = `on ${kind} ${namespace}/${name}${rules ? ` (${rules.join(', ')})` : ''}`;
  return state === 'running' ? route : `${describeMirror(spec)}, ${route}`;
}

function timesOf({ startedAt, startedBy, until, endedAt, state }: MirrorView, now: Date): string {
  const start = `started ${timeOfDay(startedAt)} by ${startedBy}`;
  if (endedAt) return `${start}, off since ${timeOfDay(endedAt)}`;
  if (state === 'ended') return start;
  const left = until ? formatSpan(Date.parse(until) - now.getTime()) : '';
  return `${start}, ${until ? `ends ${timeOfDay(until)} (in ${left})` : 'until somebody stops it'}`;
}

function numbers(seen: MirrorNumbers | undefined, look: TerminalLook): string[] {
  if (!seen) return [];
  const { live, copies } = seen;
  const classes = [...new Set([live, copies].flatMap((side) => Object.keys(side?.answers ?? {})))].sort();
  const columns = ['', 'REQUESTS', ...classes.map((name) => name.toUpperCase()), 'P50', 'P99'];
  const row = (name: string, side: SideNumbers | undefined) =>
    [name, ...(side ? cells(side, classes) : ['no data'])].map((text) => ({ text }));
  const rows = [row('live', live), row('copies', copies)];
  return [
    '',
    ...renderTable(
      columns.map((title) => ({ title, max: 12 })),
      rows,
      look,
    ),
    ...paragraph(seen.evidence, look),
  ];
}

function cells({ requests, answers, p50Ms, p99Ms }: SideNumbers, classes: string[]): string[] {
  const time = (ms: number | undefined) => (ms === undefined ? '-' : formatFigure(ms, 'ms'));
  return [String(requests), ...classes.map((name) => String(answers[name] ?? 0)), time(p50Ms), time(p99Ms)];
}

function paragraph(text: string, look: TerminalLook, style?: 'quiet' | 'bad' | 'warn'): string[] {
  return wrap(text, look.width).map((line) => toLine([style ? [style, line] : line], look));
}

const COLUMNS = [
  { title: 'STATE', max: 14 },
  { title: 'MIRROR', max: 32 },
  { title: 'SINCE', max: 10 },
  { title: 'COPIES', max: 100 },
];

/** Those that run first, then the newest. */
export function sortMirrors(entries: MirrorEntry[]): MirrorEntry[] {
  const rank = ({ endedAt }: MirrorEntry) => (endedAt ? 1 : 0);
  const time = ({ endedAt, startedAt }: MirrorEntry) => Date.parse(endedAt ?? startedAt);
  return entries.toSorted((a, b) => rank(a) - rank(b) || time(b) - time(a));
}

export function renderMirrors(entries: MirrorEntry[], look: TerminalLook, now: Date): string[] {
  const rows = cleanDeep(entries).map(({ state, namespace, name, startedAt, endedAt, what }) => {
    const { mark, style } = BADGES[state] ?? BADGES.lost;
    return [
      { text: `${mark} ${state}`, style },
      { text: `${namespace}/${name}` },
      { text: formatSpan(now.getTime() - Date.parse(endedAt ?? startedAt)) },
      { text: what },
    ];
  });
  return renderTable(COLUMNS, rows, look);
}
