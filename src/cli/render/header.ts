import { type GateView, isFinished } from '../../contract/view.ts';
import { describeChange, formatSpan, stateWord } from '../../contract/words.ts';
import { stateBadge, type TextPart, toLine } from './look.ts';
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

function person({ view, look, now }: Painter): string[] {
  if (view.state === 'paused' && view.paused) {
    const { by, reason, since } = view.paused;
    const text = `paused by ${by} for ${formatSpan(span(since, undefined, now))}${reason ? `: ${reason}` : ''}`;
    return [toLine([['warn', text]], look)];
  }
  if (view.state !== 'needs-you' || !view.needsYou) return [];
  const { reason, since, onResume, onAbort, onSilence, gate } = view.needsYou;
  const asked = `needs you for ${formatSpan(span(since, undefined, now))}: ${reason}${approvers(gate)}`;
  const answers = [
    gate ? ['approve', `goes on to ${gate.name}`] : ['resume', onResume],
    ['abort', onAbort],
    ['no answer', onSilence],
  ] as const;
  return [
    ...wrap(asked, look.width).map((line) => toLine([['person', line]], look)),
    ...answers
      .flatMap(([answer, effect]) => hanging(`  ${answer.padEnd(11)}`, effect, look.width))
      .map((line) => toLine([line], look)),
  ];
}

/** Who has agreed already, and who may not. */
function approvers(gate: GateView | undefined): string {
  if (!gate) return '';
  const given = gate.approved.length > 0 ? ` Approved by ${gate.approved.join(', ')}.` : '';
  return `${given}${gate.notInitiator ? ' Not by who delivered the version.' : ''}`;
}

/** First line after the label, the others below it. */
function hanging(label: string, text: string, width: number): string[] {
  return wrap(text, width - label.length).map((line, index) => (index === 0 ? label : ' '.repeat(label.length)) + line);
}
