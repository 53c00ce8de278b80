/** Texts as Slack shows them: everything of others escaped, nothing that calls people, nothing endless. */
import { askedText, effectsOf, shortId } from '../../contract/question-words.ts';
import type { RolloutView } from '../../contract/view.ts';
import { describeChange, formatFigure, stateWord } from '../../contract/words.ts';
import { escapeSlack } from '../../notify/index.ts';

/** Cut before it is escaped, so that no escape is cut in two. */
const MAX_TEXT = 2_500;

/** Seen by the person who asked alone. */
export function onlyYou(text: string) {
  return { response_type: 'ephemeral' as const, text: escapeSlack(text.slice(0, MAX_TEXT)) };
}

/** Seen by the channel: what somebody has done to a rollout. */
export function everybody(text: string) {
  return { response_type: 'in_channel' as const, text: escapeSlack(text.slice(0, MAX_TEXT)) };
}

/** How a rollout stands, in a few lines. */
export function statusText(view: RolloutView): string {
  const { route, observedWeight, questions, startedBy, failures, comparison, warnings } = view;
  const seen = observedWeight === undefined ? 'no data' : formatFigure(observedWeight, '%');
  const mirror = route.mirror > 0 ? `, copies ${route.mirror} %` : '';
  const lines = [
    `${stateWord(view)} ${view.namespace}/${view.plan} ${describeChange(view)} (${view.rollout ?? 'being detected'})`,
    view.outcome ? view.outcome.reason : view.sentence,
    `primary ${route.primary} %, canary ${route.canary} %${mirror}; seen on the canary: ${seen}; failed intervals ${failures.count} of ${failures.threshold}`,
    comparison ? `compared: ${comparison.sentence}` : '',
    `started by ${[startedBy.by, startedBy.source].filter(Boolean).join(' · ')}`,
    ...questions.map((question) => {
      const effects = effectsOf(question).map(([answer, effect]) => `${answer}: ${effect}`);
      return `asked ${question.since}, ${shortId(question)}: ${askedText(question)} – ${effects.join('; ')}`;
    }),
    ...warnings.map((warning) => `warning: ${warning}`),
  ];
  return lines.filter((line) => line !== '').join('\n');
}
