import { type IntervalSummary, isFinished, type RolloutView } from '../../contract/view.ts';
import { roundFigure } from '../../contract/words.ts';
import { cleanDeep } from './text.ts';

/**
 * One line per change between two views, for logs: `2026-11-21T14:07:02Z running step=13 shift weight=40`.
 * Times are the workflow's where it gave one, otherwise `now`. The first call has no `before` and says where things stand.
 */
export function changeLines(before: RolloutView | undefined, after: RolloutView, now: Date): string[] {
  const view = cleanDeep(after);
  const lines = [
    ...newIntervals(before, view),
    ...newActions(before, view),
    ...newWarnings(before, view, now),
    ...moved(before, view, now),
    ...waiting(before, view),
    ...ended(before, view, now),
  ];
  return lines;
}

type Fields = Record<string, string | number | undefined>;

function line(at: string | Date, word: string, fields: Fields, bare = ''): string {
  const time = new Date(at).toISOString().replace(/\.\d+Z$/, 'Z');
  const pairs = Object.entries(fields)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `${key}=${quote(String(value))}`);
  return [time, word, bare, ...pairs].filter((part) => part !== '').join(' ');
}

/** Quoted when it has anything but the characters of names and numbers. */
function quote(value: string): string {
  return /^[\w./:@+-]+$/.test(value) ? value : JSON.stringify(value);
}

function newIntervals(before: RolloutView | undefined, view: RolloutView): string[] {
  const known = before?.intervals.at(-1);
  // The view keeps a window of intervals, so the ones that are new are found behind the last one known, not by count.
  const seen = view.intervals.findLastIndex(({ at, stage }) => at === known?.at && stage === known?.stage);
  const fresh = before ? view.intervals.slice(seen + 1) : [];
  return fresh.map((interval, index) => intervalLine(interval, view, index === fresh.length - 1));
}

function intervalLine(interval: IntervalSummary, view: RolloutView, last: boolean): string {
  const numbers = last
    ? (view.lastInterval?.checks ?? []).map(
        ({ name, value, unit }) => [name, value === undefined ? 'no-data' : roundFigure(value, unit)] as const,
      )
    : [];
  const count = interval.verdict === 'fail' ? `${view.failures.count}/${view.failures.threshold}` : undefined;
  return line(interval.at, 'interval', {
    stage: interval.stage,
    verdict: interval.verdict,
    sees: interval.podsOnly ? 'pods only' : undefined,
    ...Object.fromEntries(numbers),
    failures: count,
    says: interval.sentence,
  });
}

function newActions(before: RolloutView | undefined, view: RolloutView): string[] {
  const known = new Map((before?.actions ?? []).map((action) => [action.id, action.by]));
  return view.actions
    .filter((action) => known.get(action.id) !== action.by)
    .map(({ at, verb, by, reason, verified }) => line(at, 'action', { verb, by, verified, reason }));
}

function newWarnings(before: RolloutView | undefined, view: RolloutView, now: Date): string[] {
  const known = new Set(before?.warnings);
  return view.warnings.filter((text) => !known.has(text)).map((text) => line(now, 'warning', { says: text }));
}

/** State, step, traffic or pods: where the rollout is. */
function moved(before: RolloutView | undefined, view: RolloutView, now: Date): string[] {
  if (isFinished(view) || (before && place(before) === place(view))) return [];
  const step = runningStep(view);
  const fields = {
    step: step?.number,
    weight: view.route.canary,
    mirror: view.route.mirror || undefined,
    seen: view.observedWeight,
    note: step?.note,
  };
  const at = step?.startedAt && before && runningStep(before)?.number !== step.number ? step.startedAt : now;
  const { step: number, ...rest } = fields;
  return [line(at, view.state, rest, number === undefined ? '' : `step=${number} ${step?.name}`)];
}

function place(view: RolloutView): string {
  const step = runningStep(view);
  return JSON.stringify([view.state, step?.number, step?.note, view.route]);
}

function runningStep(view: RolloutView) {
  return view.steps.find((step) => step.state === 'running');
}

function waiting(before: RolloutView | undefined, view: RolloutView): string[] {
  const known = new Set(before?.questions.map(({ id }) => id));
  return view.questions
    .filter(({ id }) => !known.has(id))
    .map(({ id, since, reason, answers, onAbort, onSilence }) => {
      return line(since, 'needs-you', { question: id, reason, ...answers, abort: onAbort, silence: onSilence });
    });
}

function ended(before: RolloutView | undefined, view: RolloutView, now: Date): string[] {
  if (!isFinished(view) || (before && isFinished(before))) return [];
  const { outcome, revision, route } = view;
  const fields = {
    outcome: outcome?.kind,
    step: outcome?.step,
    revision: revision?.id,
    weight: route.canary,
    reason: outcome?.reason,
  };
  const refused = view.problems.map(({ where, problem, remedy }) => line(now, 'problem', { where, problem, remedy }));
  return [...refused, line(view.endedAt ?? now, 'ended', fields)];
}
