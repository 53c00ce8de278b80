/** People and machine in one list, from what the view knows. Pure. */
import { type RolloutView, STEP_BADGES, type Style, stateBadge, VERDICT_BADGES, verdictWord } from 'sluice/contract';

export interface TimelineEntry {
  /** ISO 8601. */
  at: string;
  /** `sluice`, or a person with the channel. */
  who: string;
  person: boolean;
  mark: string;
  style: Style;
  what: string;
}

/** Newest first; of one moment the later step. */
export function timelineOf(view: RolloutView): TimelineEntry[] {
  const all = [begun(view), ...steps(view), ...intervals(view), ...actions(view), ...questions(view), ...end(view)];
  return all.toReversed().toSorted((a, b) => Date.parse(b.at) - Date.parse(a.at));
}

const machine = { who: 'sluice', person: false };

function begun({ startedAt, startedBy: { by, source, reason } }: RolloutView): TimelineEntry {
  const who = [by, source].filter(Boolean).join(' · ');
  const what = `started it${reason ? `: ${reason}` : ''}`;
  return { at: startedAt, who, person: true, mark: '▶', style: 'busy', what };
}

function steps({ steps: all }: RolloutView): TimelineEntry[] {
  return all.flatMap(({ state, endedAt, number, title, note }) => {
    if (!endedAt || state === 'skipped') return [];
    return [{ ...machine, ...STEP_BADGES[state], at: endedAt, what: `${number} ${title}${note ? `: ${note}` : ''}` }];
  });
}

function intervals({ intervals: all }: RolloutView): TimelineEntry[] {
  return all.map(({ at, stage, verdict, sentence, podsOnly }) => {
    return {
      ...machine,
      ...VERDICT_BADGES[verdict],
      at,
      what: `${stage} ${verdictWord(verdict, podsOnly)}: ${sentence}`,
    };
  });
}

function actions({ actions: all }: RolloutView): TimelineEntry[] {
  return all.map(({ at, by, verb, reason, verified }) => {
    const doubt = verified === 'pending' ? ' (being verified)' : '';
    return {
      at,
      who: by,
      person: true,
      mark: '●',
      style: 'person',
      what: `${verb}${doubt}${reason ? `: ${reason}` : ''}`,
    };
  });
}

function questions({ questions: all }: RolloutView): TimelineEntry[] {
  return all.flatMap(({ since, reason, acknowledged: seen }) => [
    { ...machine, at: since, mark: '✋', style: 'person' as const, what: `asks: ${reason}` },
    ...(seen
      ? [
          {
            at: seen.at,
            who: seen.by,
            person: true,
            mark: '●',
            style: 'person' as const,
            what: 'has seen the question',
          },
        ]
      : []),
  ]);
}

function end(view: RolloutView): TimelineEntry[] {
  const { endedAt, outcome } = view;
  if (!endedAt || !outcome) return [];
  return [{ ...machine, ...stateBadge(view), at: endedAt, what: `${outcome.kind}: ${outcome.reason}` }];
}
