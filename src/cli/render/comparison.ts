import type { Style } from '../../contract/badge.ts';
import type { Comparison } from '../../contract/verdict.ts';
import type { ComparisonPoint } from '../../contract/view.ts';
import { toLine } from './look.ts';
import type { Painter } from './picture.ts';
import { wrap } from './text.ts';

const LEVELS = { unicode: '▁▂▃▄▅▆▇█', ascii: '.:-=+*#@' };
const SHOWN = 24;
const LABEL = 12;

/** Canary beside primary: how far the evidence has come both ways, look by look, and the sentence with the numbers. */
export function comparison(painter: Painter): string[] {
  const { view, live, look } = painter;
  const standing = live.interval?.comparison ?? view.comparison;
  if (!standing) return [];
  const points = (view.comparison?.points ?? []).filter((point, _, all) => point.stage === all.at(-1)?.stage);
  const lines = wrap(standing.sentence, look.width - LABEL - 2).map((line) => toLine([' '.repeat(LABEL), line], look));
  return [
    toLine(['  ', ['strong', 'compared'], `  ${said(standing)}`], look),
    ...lines,
    bar('worse', standing.lnAbort / standing.lnAbortAt, points, ({ lnAbort }) => lnAbort / standing.lnAbortAt, painter),
    ...(standing.frozen
      ? []
      : [
          bar(
            'healthy',
            standing.lnPass / standing.lnPassAt,
            points,
            ({ lnPass }) => lnPass / standing.lnPassAt,
            painter,
          ),
        ]),
  ];
}

function said({ verdict, frozen }: Comparison): string {
  if (frozen) return 'limits alone decide at this weight';
  if (verdict === 'abort') return 'the canary is worse';
  return verdict === 'pass' ? 'proven healthy' : 'not decided';
}

/** `healthy   ▁▂▃▅▇█  80 %`: how far from nothing known to proven. */
function bar(
  name: 'worse' | 'healthy',
  now: number,
  points: readonly ComparisonPoint[],
  share: (point: ComparisonPoint) => number,
  { look }: Painter,
): string {
  const levels = look.unicode ? LEVELS.unicode : LEVELS.ascii;
  const marks = points
    .slice(-SHOWN)
    .map((point) => levels[Math.floor(clamped(share(point)) * (levels.length - 1))] ?? '');
  const style: Style = name === 'worse' ? 'bad' : 'good';
  const percent = `${Math.floor(100 * clamped(now))} % of a proof`;
  return toLine(
    [`    ${name.padEnd(LABEL - 4)}`, [style, marks.join('')], marks.length > 0 ? '  ' : '', ['quiet', percent]],
    look,
  );
}

function clamped(share: number): number {
  return Math.min(1, Math.max(0, share));
}
