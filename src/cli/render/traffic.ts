import { describeMatch } from '../../contract/intent.ts';
import { isFinished } from '../../contract/view.ts';
import { formatFigure } from '../../contract/words.ts';
import { type TextPart, toLine } from './look.ts';
import type { Painter } from './picture.ts';
import { columnRight } from './text.ts';

const CELLS = 32;

/** Primary left, canary right; asked and seen are two numbers; a mirror stands apart because users do not feel it. */
export function traffic(painter: Painter): string[] {
  const { view, look } = painter;
  const { primary, canary } = view.route;
  // A side that has any users never shows an empty share, and never a full bar beside them.
  const filled = primary === 0 ? 0 : primary === 100 ? CELLS : clamp(Math.round((primary / 100) * CELLS), 1, CELLS - 1);
  const bar: TextPart[] = [
    `  primary ${columnRight(String(primary), 3)} % `,
    ['busy', '█'.repeat(filled)],
    ['warn', '░'.repeat(CELLS - filled)],
    ` ${columnRight(String(canary), 3)} % canary`,
  ];
  return [toLine(bar, look), toLine(['  ', ...numbers(painter)], look), ...match(painter), ...mirror(painter)];
}

function match({ view, look }: Painter): string[] {
  const { match } = view.route;
  return match ? [toLine(['  ', ['busy', `on the canary: ${describeMatch(match)}`]], look)] : [];
}

function numbers({ view, live }: Painter): TextPart[] {
  const seen = live.interval?.observedWeight ?? view.observedWeight;
  const canary = live.interval?.canaryReady ?? view.replicas.canary;
  // Before the first step is done nobody has counted.
  const pods = view.rollout ? `pods: primary ${view.replicas.primary}, canary ${canary}` : 'pods: not counted yet';
  if (isFinished(view)) return [['quiet', pods]];
  return [
    `asked ${view.route.canary} % on the canary, seen `,
    seen === undefined ? ['quiet', 'no data'] : formatFigure(seen, '%'),
    `   ${pods}`,
  ];
}

function mirror({ view, look }: Painter): string[] {
  const share = view.route.mirror;
  if (share === 0 && !view.mirror) return [];
  const passed = view.mirror ? `${view.mirror.passed} of ${view.mirror.iterations} intervals passed` : '';
  const text =
    share > 0
      ? `mirror ${share} %: copies only, users feel nothing${passed && `; ${passed}`}`
      : `mirror off${passed && `; ${passed}`}`;
  return [toLine(['  ', share > 0 ? ['busy', text] : ['quiet', text]], look)];
}

function clamp(value: number, min: number, max: number): number {
  return Math.min(max, Math.max(min, value));
}
