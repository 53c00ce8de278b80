import { type Style, VERDICT_BADGES } from '../../contract/badge.ts';
import type { CheckResult, IntervalResult } from '../../contract/verdict.ts';
import { describeLimit, describeValue, formatSpan, verdictWord } from '../../contract/words.ts';
import { type TextPart, toLine } from './look.ts';
import { type Painter, timeOfDay } from './picture.ts';
import { column } from './text.ts';

/** The numbers of the interval that runs, else of the last one; then a mark for each interval so far. */
export function checks(painter: Painter): string[] {
  const { view, live, look } = painter;
  const interval = live.interval;
  const results = interval?.checks.length ? interval.checks : (view.lastInterval?.checks ?? []);
  const lines: string[] = [];
  if (interval || view.lastInterval) {
    lines.push(toLine(['  ', ['strong', 'checks'], `  ${interval ? soFar(painter) : lastOne(painter)}`], look));
    lines.push(...results.map((check) => checkLine(check, painter)));
  }
  lines.push(intervalsLine(painter));
  return lines;
}

function soFar({ live, view }: Painter): string {
  const interval = live.interval;
  if (!interval) return '';
  const numbers = interval.checks.length > 0 || !view.lastInterval ? 'so far' : 'numbers of the interval before';
  const time = `${formatSpan(interval.elapsedMs)} of ${formatSpan(interval.durationMs)}`;
  return `${time}, ${numbers} · ${whatWasSeen(interval)}`;
}

function lastOne({ view }: Painter): string {
  const last = view.lastInterval;
  return last ? `interval that ended ${timeOfDay(last.to)} · ${whatWasSeen(last)}` : '';
}

function whatWasSeen({ checks, requests, canaryReady }: Pick<IntervalResult, 'checks' | 'requests' | 'canaryReady'>) {
  const seen = checks.some(({ podsOnly }) => podsOnly) ? 'requests not looked at' : `${requests} requests`;
  return `${seen}, ${canaryReady} canary pods ready`;
}

function checkLine(check: CheckResult, { look }: Painter): string {
  const style: Style = VERDICT_BADGES[check.verdict].style;
  return toLine(
    [
      `    ${column(check.name, 18, look.unicode ? '…' : '~')}`,
      check.value === undefined ? ['quiet', column('no data', 12)] : column(describeValue(check), 12),
      column(describeLimit(check), 14),
      [style, column(verdictWord(check.verdict), 9)],
      ['quiet', check.podsOnly ? 'pods only' : `n=${check.requests}`],
    ],
    look,
  );
}

/** `intervals  1 of 5 failed  mirror ✔✔✖✔  20 % ✔✔` */
function intervalsLine({ view, look }: Painter): string {
  const { count, threshold } = view.failures;
  const failed = `${count} of ${threshold} failed${view.failures.consecutive ? ' in a row' : ''}`;
  const parts: TextPart[] = ['  ', ['strong', 'intervals'], '  ', count > 0 ? ['warn', failed] : ['quiet', failed]];
  let stage: string | undefined;
  for (const interval of view.intervals) {
    if (interval.stage !== stage) parts.push(`  ${interval.stage} `);
    stage = interval.stage;
    const badge = VERDICT_BADGES[interval.verdict];
    parts.push([badge.style, badge.mark]);
  }
  if (view.intervals.some(({ podsOnly }) => podsOnly)) parts.push('  ', ['quiet', 'pods only']);
  return toLine(parts, look);
}
