import { stateBadge } from '../../contract/badge.ts';
import type { Question } from '../../contract/question.ts';
import { askedText, effectsOf, shortId } from '../../contract/question-words.ts';
import { isFinished } from '../../contract/view.ts';
import { describeChange, formatSpan, stateWord } from '../../contract/words.ts';
import { type TextPart, toLine } from './look.ts';
import { type Painter, span, timeOfDay } from './picture.ts';
import { wrap } from './text.ts';

/** Most important first: state, service and change; then what happens now; then who is needed and why. */
export function header(painter: Painter): string[] {
  const { view, look, now } = painter;
  const badge = stateBadge(view);
  const change = describeChange(view);
  const title: TextPart[] = [
    [badge.style, `${badge.mark} ${stateWord(view).toUpperCase()}`],
    '  ',
    ['strong', `${view.namespace}/${view.plan}`],
    change ? `  ${change}` : '',
    ['quiet', `  ${formatSpan(span(view.startedAt, view.endedAt, now))}`],
    ['quiet', view.rollout ? `  ${view.rollout}` : ''],
  ];
  const why = view.outcome?.reason;
  const sentence = why && !view.sentence.includes(why) ? `${view.sentence} ${why}` : view.sentence;
  return [
    ...workerBanner(painter),
    toLine(title, look),
    ...paragraph(sentence, painter),
    toLine([['quiet', startedBy(painter)]], look),
    ...person(painter),
  ];
}

function workerBanner({ workers, view, look }: Painter): string[] {
  if (workers !== 'none' || isFinished(view)) return [];
  const text =
    `⚠ No Sluice worker is polling. Traffic stays at ${view.route.canary} % on the canary. ` +
    'Nothing is lost; it goes on by itself when a worker is back.';
  return wrap(text, look.width).map((line) => toLine([['bad', line]], look));
}

function paragraph(text: string, { look }: Painter): string[] {
  return text.trim() === '' ? [] : wrap(text, look.width).map((line) => toLine([line], look));
}

function startedBy({ view }: Painter): string {
  const { source, by, reason } = view.startedBy;
  const cluster = view.cluster === 'local' ? '' : ` on cluster ${view.cluster}`;
  return `started ${timeOfDay(view.startedAt)}${cluster} by ${by ? `${by} · ` : ''}${source}${reason ? `: ${reason}` : ''}`;
}

/** Who holds it, and everything that people are asked. */
function person(painter: Painter): string[] {
  return [...pause(painter), ...painter.view.questions.flatMap((question) => asked(question, painter))];
}

function pause({ view, look, now }: Painter): string[] {
  if (!view.paused || !['paused', 'needs-you'].includes(view.state)) return [];
  const { by, reason, since } = view.paused;
  const text = `paused by ${by} for ${formatSpan(span(since, undefined, now))}${reason ? `: ${reason}` : ''}`;
  return [toLine([['warn', text]], look)];
}

/** Several questions are told apart by their ids. */
function asked(question: Question, { view, look, now }: Painter): string[] {
  const name = view.questions.length > 1 ? ` (${shortId(question)})` : '';
  const age = formatSpan(span(question.since, undefined, now));
  return [
    ...wrap(`needs you for ${age}${name}: ${askedText(question)}`, look.width).map((line) =>
      toLine([['person', line]], look),
    ),
    ...effectsOf(question)
      .flatMap(([answer, effect]) => hanging(`  ${answer.padEnd(11)}`, effect, look.width))
      .map((line) => toLine([line], look)),
  ];
}

/** First line after the label, the others below it. */
function hanging(label: string, text: string, width: number): string[] {
  return wrap(text, width - label.length).map((line, index) => (index === 0 ? label : ' '.repeat(label.length)) + line);
}
