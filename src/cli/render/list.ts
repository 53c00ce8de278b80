import { stateBadge } from '../../contract/badge.ts';
import { STEPS, type StepName, stepNumber } from '../../contract/steps.ts';
import { isOutcome } from '../../contract/view.ts';
import { formatSpan, stateWord } from '../../contract/words.ts';
import type { ListEntry } from '../../steering/list-rollouts.ts';
import type { TerminalLook } from './look.ts';
import { renderTable } from './table.ts';
import { clean } from './text.ts';

/** Who is waited for comes first. */
const ORDER: ListEntry['state'][] = ['needs-you', 'paused', 'going-back', 'running', 'starting'];

/** Needs you, paused, going back, running; then ended ones, newest first. */
export function sortEntries(entries: ListEntry[]): ListEntry[] {
  const rank = ({ state }: ListEntry) => (ORDER.includes(state) ? ORDER.indexOf(state) : ORDER.length);
  const time = ({ endedAt, startedAt }: ListEntry) => Date.parse(endedAt ?? startedAt);
  return entries.toSorted((a, b) => rank(a) - rank(b) || time(b) - time(a));
}

const COLUMNS = [
  { title: 'STATE', max: 14 },
  { title: 'PLAN', max: 24 },
  { title: 'ROLLOUT', max: 16 },
  { title: 'STEP', max: 22 },
  { title: 'SINCE', max: 10 },
  { title: 'REVISION', max: 12 },
];

export function renderList(entries: ListEntry[], look: TerminalLook, now: Date): string[] {
  const rows = entries.map((entry) => {
    const { mark, word, style } = badgeOf(entry.state);
    return [
      { text: `${mark} ${word}`, style },
      { text: clean(`${entry.namespace}/${entry.plan}`) },
      { text: clean(entry.rollout ?? '') },
      { text: stepText(entry.step) },
      { text: formatSpan(now.getTime() - Date.parse(entry.endedAt ?? entry.startedAt)) },
      { text: clean(entry.revision ?? '') },
    ];
  });
  return renderTable(COLUMNS, rows, look);
}

function badgeOf(state: ListEntry['state']) {
  if (state === 'ended') return { mark: '⊘', word: 'Ended', style: 'quiet' as const };
  if (state === 'lost') return { mark: '⚠', word: 'Lost', style: 'bad' as const };
  const view = isOutcome(state)
    ? { state: 'ended' as const, outcome: { kind: state, reason: '', step: 19 } }
    : { state };
  return { ...stateBadge(view), word: stateWord(view) };
}

function stepText(step: string | undefined): string {
  const number = step && STEPS.some(({ name }) => name === step) ? stepNumber(step as StepName) : 0;
  return number > 0 ? `${number}/${STEPS.length} ${step}` : '';
}
