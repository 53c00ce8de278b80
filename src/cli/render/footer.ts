import { answerCommands, shortId, targetOf } from '../../contract/question-words.ts';
import { isFinished, type RolloutView } from '../../contract/view.ts';
import { type TextPart, toLine } from './look.ts';
import { type Painter, timeOfDay } from './picture.ts';
import { wrap } from './text.ts';

const ACTIONS_SHOWN = 3;

/** What else people must know (problems, warnings, what people did, what waits), then the next commands. */
export function footer(painter: Painter): string[] {
  const notes = [
    ...problems(painter),
    ...warnings(painter),
    ...actions(painter),
    ...queued(painter),
    ...cleaning(painter),
  ];
  return [...notes, ...commands(painter)];
}

function problems({ view, look }: Painter): string[] {
  return view.problems.flatMap(({ where, problem, remedy }) =>
    wrap(`✖ ${where}: ${problem} What would be right: ${remedy}`, look.width - 2).map((line) =>
      toLine(['  ', ['bad', line]], look),
    ),
  );
}

function warnings({ view, look }: Painter): string[] {
  return view.warnings.flatMap((text) =>
    wrap(`⚠ ${text}`, look.width - 2).map((line) => toLine(['  ', ['warn', line]], look)),
  );
}

function actions({ view, look }: Painter): string[] {
  return view.actions.slice(-ACTIONS_SHOWN).map(({ at, verb, by, reason }) => {
    return toLine(['  ', ['quiet', `${timeOfDay(at)} `], `${verb} by ${by}${reason ? `: ${reason}` : ''}`], look);
  });
}

function queued({ view, look }: Painter): string[] {
  if (!view.queued) return [];
  const { image, delivery, more } = view.queued;
  return [
    toLine(
      ['  ', `next in line: ${image ?? 'a new configuration'} (${delivery})${more ? ` and ${more} more` : ''}`],
      look,
    ),
  ];
}

function cleaning({ view, look }: Painter): string[] {
  if (!view.cleaningUntil) return [];
  const text = `cookies of this rollout are taken away until ${timeOfDay(view.cleaningUntil)}, or until a newer event comes`;
  return [toLine(['  ', ['quiet', text]], look)];
}

function commands({ view, look, watching }: Painter): string[] {
  const parts = nextCommands(view).map(([label, command]): TextPart[] => [`${label}: `, ['strong', command]]);
  const hint: TextPart[] =
    watching && !isFinished(view) ? [['quiet', 'Ctrl-C stops the watching, not the rollout.']] : [];
  const [first = [], ...others] = [...parts, hint].filter((part) => part.length > 0);
  return [toLine(first, look), ...others.map((part) => toLine(part, look))].filter((line) => line !== '');
}

/** What a person would type next, most likely first. */
function nextCommands(view: RolloutView): [label: string, command: string][] {
  const where = targetOf(view);
  const resume: [string, string] = ['Resume', `sluice resume ${where}`];
  const abort: [string, string] = ['Abort', `sluice abort ${where} --reason TEXT`];
  switch (view.state) {
    case 'starting':
    case 'running':
      if (view.closed) return [['Go on now', `sluice approve ${where}`], abort];
      return [['Pause', `sluice pause ${where}`], abort];
    case 'paused':
      return [resume, abort];
    case 'needs-you':
      return [...answerCommands(view, shortId), ...(view.paused ? [resume] : [])];
    case 'going-back':
      return [];
    case 'cleaning':
    case 'ended':
      return [['What happened', `sluice audit ${where}`]];
  }
}
