import { type Badge, STEP_BADGES } from '../../contract/badge.ts';
import type { StepState, StepView } from '../../contract/steps.ts';
import { formatSpan } from '../../contract/words.ts';
import { type TerminalLook, toLine } from './look.ts';
import { type Painter, span } from './picture.ts';
import { column, columnRight, wrap } from './text.ts';

const TITLE = 34;
const TIME = 8;
/** Where the note begins: margin, mark, number, title and time with the spaces between them. */
const NOTE_COLUMN = 3 + 3 + 1 + TITLE + TIME + 2;
const MOST_WAITING_LINES = 3;

/**
 * The checklist. With fewer `rows` than steps, what lies far from the step that runs is folded into one line before and one
 * behind it.
 */
export function steps(painter: Painter, rows = Number.POSITIVE_INFINITY): string[] {
  const all = painter.view.steps;
  const more = waitingLines(painter);
  const [first, last] = shownRange(all, rows - more.length);
  return [
    ...fold(all.slice(0, first), painter.look),
    ...all
      .slice(first, last + 1)
      .flatMap((step) => [stepLine(step, painter), ...(step.state === 'running' ? more : [])]),
    ...fold(all.slice(last + 1), painter.look),
  ];
}

/** Grows from the step that runs, or from the one that failed, backwards before forwards, while the rows last. */
function shownRange(all: StepView[], rows: number): [number, number] {
  let first = currentIndex(all);
  let last = first;
  const used = () => last - first + 1 + (first > 0 ? 1 : 0) + (last < all.length - 1 ? 1 : 0);
  // Unfolding the only step of a fold costs no row, so the limits are checked after each step taken.
  for (;;) {
    const before = [first, last] as const;
    if (first > 0) first -= 1;
    if (used() > rows) first = before[0];
    const widened = last;
    if (last < all.length - 1) last += 1;
    if (used() > rows) last = widened;
    if (first === before[0] && last === before[1]) return [first, last];
  }
}

function currentIndex(all: StepView[]): number {
  const running = all.findIndex((step) => step.state === 'running');
  if (running >= 0) return running;
  const last = (state: StepState) => all.findLastIndex((step) => step.state === state);
  return Math.max(0, last('failed') >= 0 ? last('failed') : last('done'));
}

function fold(folded: StepView[], look: TerminalLook): string[] {
  const [first] = folded;
  if (!first) return [];
  const states: StepState[] = ['failed', 'done', 'skipped', 'pending'];
  const counts = states
    .map((state) => ({ state, count: folded.filter((step) => step.state === state).length }))
    .filter(({ count }) => count > 0);
  const badge = STEP_BADGES[counts[0]?.state ?? 'pending'];
  const numbers = folded.length === 1 ? `${first.number}` : `${first.number}–${folded.at(-1)?.number}`;
  const words = counts.map(({ state, count }) => `${count} ${state === 'pending' ? 'to come' : state}`).join(', ');
  const names = folded.map((step) => step.name).join(' · ');
  return [toLine(['  ', [badge.style, badge.mark], ` ${column(numbers, 6)}${words}: `, ['quiet', names]], look)];
}

function stepLine(step: StepView, painter: Painter): string {
  const { look, now } = painter;
  const badge = badgeOf(step, painter);
  const time = step.startedAt && step.state !== 'skipped' ? formatSpan(span(step.startedAt, step.endedAt, now)) : '';
  const quiet = step.state === 'pending' || step.state === 'skipped';
  const text = `${columnRight(String(step.number), 3)} ${column(step.title, TITLE, look.unicode ? '…' : '~')}`;
  return toLine(
    [
      '  ',
      [badge.style, badge.mark],
      quiet ? ['quiet', text] : step.state === 'running' ? ['strong', text] : text,
      ['quiet', `${columnRight(time, TIME)}  `],
      note(step, painter),
    ],
    look,
  );
}

/** While a person holds the rollout, the step that runs does not look as if it went on. */
function badgeOf(step: StepView, { view }: Painter): Badge {
  const held = view.state === 'paused' || view.state === 'needs-you';
  return held && step.state === 'running' ? { mark: '⏸', style: 'warn' } : STEP_BADGES[step.state];
}

/** Words for what the mark says, so that nothing hangs on shape or colour alone. */
function note(step: StepView, { view, live, look }: Painter): string {
  const said = step.note ?? '';
  if (step.state === 'skipped') return said ? `skipped: ${said}` : 'skipped';
  if (step.state === 'failed') return said ? `failed: ${said}` : 'failed';
  if (step.state !== 'running') return said;
  if (step.name === 'shift') return shiftNote(view.weights, view.route.canary);
  return live.waiting && live.waiting.length <= noteWidth(look) ? live.waiting : said;
}

/** What the running step waits for, on lines of its own when it is too long to stand beside it. */
function waitingLines({ view, live, look }: Painter): string[] {
  const running = view.steps.find((step) => step.state === 'running');
  if (!running || !live.waiting || (running.name !== 'shift' && live.waiting.length <= noteWidth(look))) return [];
  const indent = ' '.repeat(8);
  const lines = wrap(live.waiting, look.width - indent.length);
  return lines.slice(0, MOST_WAITING_LINES).map((line) => toLine([indent, ['warn', line]], look));
}

function noteWidth({ width }: TerminalLook): number {
  return width - NOTE_COLUMN;
}

/** `20 ✔ 40 ▶ 60 · 80 · 100 ·` */
function shiftNote(weights: number[], now: number): string {
  return weights.map((weight) => `${weight} ${weight < now ? '✔' : weight === now ? '▶' : '·'}`).join(' ');
}
