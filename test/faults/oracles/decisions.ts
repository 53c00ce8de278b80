/** I5, I7, I9, I14: what was decided, by whom and on what. */
import type { IntervalResult } from '../../../src/contract/verdict.ts';
import { clock, lastView, type Trace, type TracedActivity } from './trace.ts';

/** A run that goes on in a new one ends in the same moment, ms. */
const HANDOVER_MS = 100;

/** I5: one rollout at a time, and none twice. */
export function oneAtATime({ runs }: Trace): string[] {
  const overlaps = runs.flatMap(({ startedAt }, index) => {
    const before = runs[index - 1];
    if (!before) return [];
    return (before.closedAt ?? Number.POSITIVE_INFINITY) > startedAt + HANDOVER_MS
      ? [`a run began at ${clock(startedAt)}, before the one before it had ended`]
      : [];
  });
  const started = runs.filter(({ view }) => view?.outcome && !NOTHING.includes(view.outcome.kind));
  const rollouts = started.map(({ view }) => view?.rollout);
  return [...overlaps, ...twice(rollouts).map((rollout) => `${rollout} ran twice`)];
}

const NOTHING = ['unchanged', 'refused', 'duplicate'];

/** I7: every accepted action is on record once, under the name of who asked; a refused one is not. */
export function actionsOnRecord(trace: Trace): string[] {
  const recorded = trace.runs.flatMap(({ view }) => view?.actions ?? []);
  return trace.actions.flatMap(({ action, answer }) => {
    const found = recorded.filter(({ id }) => id === action.id);
    const what = `${action.verb} ${action.id}`;
    if (!answer.accepted) return found.length > 0 ? [`${what} was refused and is on record`] : [];
    // What a rollout is asked after its last view, such as to let the next one begin, is in its history alone.
    if (found.length === 0 && trace.runs.some(({ taken }) => taken?.includes(action.id))) return [];
    if (found.length !== 1) return [`${what} is on record ${found.length} times`];
    return found[0]?.by.includes(action.actor.name)
      ? []
      : [`${what} of ${action.actor.name} is recorded as of ${found[0]?.by}`];
  });
}

/** I9: a stage begins only after the one before it has passed, on data, or when a person skips what is left of it. */
export function advancesOnEvidence({ runs, actions }: Trace): string[] {
  const activities = runs.flatMap((run) => run.activities).filter(({ input }) => input.rollout !== undefined);
  const recorded = runs.flatMap(({ view }) => view?.actions ?? []);
  const isSkip = ({ verb }: { verb: string }) => verb === 'promote' || verb === 'set-weight';
  const skips = recorded.filter(isSkip).map(({ at }) => Date.parse(at));
  // a terminated workflow has no last view that would say when
  const lost = actions.some(
    ({ action, answer }) => answer.accepted && isSkip(action) && !recorded.some(({ id }) => id === action.id),
  );
  if (lost) skips.push(0);
  return Object.values(Object.groupBy(activities, ({ input }) => String(input.rollout))).flatMap((one = []) =>
    stagesWithoutEvidence(one, skips),
  );
}

/** @param skips epoch ms at which somebody asked for another stage */
function stagesWithoutEvidence(activities: readonly TracedActivity[], skips: readonly number[]): string[] {
  const wrong: string[] = [];
  let reached = NOTHING_ROUTED;
  let now = NOTHING_ROUTED;
  let passed = true;
  for (const activity of activities) {
    if (activity.name === 'checkInterval') {
      const result = activity.result as IntervalResult | undefined;
      if (result?.verdict === 'pass' && now === reached) passed = true;
      wrong.push(...passedOnNothing(activity, result));
      continue;
    }
    now = stageAsked(activity) ?? now;
    if (now <= reached) continue;
    const skipped = skips.some((at) => at <= activity.at);
    if (!passed && !skipped) wrong.push(`${clock(activity.at)}: ${activity.name} without a passed interval before it`);
    reached = now;
    passed = false;
  }
  return wrong;
}

const NOTHING_ROUTED = 0;
/** Before every weight, which is 1 at least. */
const MIRROR = 0.5;
/** After every weight. */
const UPGRADE = 101;

/** Number of the stage that a write begins, in the order of the checklist. */
function stageAsked({ name, input, result }: TracedActivity): number | undefined {
  if (name === 'upgradePrimary') return UPGRADE;
  const { intent } = input as { intent?: { canary: number; mirror: number } };
  if (name !== 'route' || !intent || (result as { kind?: string } | undefined)?.kind !== 'written') return undefined;
  return intent.mirror > 0 ? MIRROR : intent.canary;
}

function passedOnNothing({ at }: TracedActivity, result: IntervalResult | undefined): string[] {
  if (result?.verdict !== 'pass') return [];
  const empty = result.checks.filter(({ verdict, requests }) => verdict === 'pass' && requests === 0);
  return empty.map(({ name }) => `${clock(at)}: ${name} passed on no request`);
}

/** I14: it ended, or somebody was asked. */
export function notStuck(trace: Trace): string[] {
  const view = lastView(trace);
  if (!view) return ['it has no state'];
  const waits = view.needsYou !== undefined || view.paused !== undefined;
  return waits || view.state === 'ended' || view.state === 'cleaning' ? [] : [`it is ${view.state}: ${view.sentence}`];
}

function twice<T>(items: readonly T[]): T[] {
  return [...new Set(items.filter((item, index) => item !== undefined && items.indexOf(item) !== index))];
}
