import { formatDuration } from '../../plan/index.ts';
import { type ImportCase, reject } from '../shared/case.ts';
import type { Field } from '../shared/field.ts';
import { durationOf, joinStages, shiftOf, type TimedWeight } from '../shared/shift.ts';
import type { LooseTree } from '../shared/tree.ts';

interface RolloutSteps {
  shift: LooseTree;
  weights: number[];
  approvals: LooseTree[];
}

const DEFAULT_MS = 60_000;

interface Walk {
  stages: TimedWeight[];
  /** Weights that a person has to agree to before the next one; 0: before the first. */
  waits: number[];
  /** Weights whose time the Rollout says. */
  timed: Set<number>;
  /** What stands for all users. */
  most: number;
}

/** @param intervalMs of the checks: what a weight without a time takes; default: 1m */
export function canarySteps(one: ImportCase, canary: Field, intervalMs = DEFAULT_MS): RolloutSteps {
  const most = canary.at('trafficRouting', 'maxTrafficWeight');
  most.keep('weights are parts of it');
  const walk: Walk = { stages: [], waits: [], timed: new Set(), most: most.number || 100 };
  for (const step of canary.at('steps').items()) takeStep(one, step, walk);
  const grown = growing(canary, walk);
  const whole = grown.at(-1)?.weight === 100 ? grown : [...grown, { weight: 100, everyMs: 0 }];
  untimed({ canary, walk, whole, intervalMs });
  const stages = whole.map(({ weight, everyMs }) => ({ weight, everyMs: everyMs || intervalMs }));
  const weights = stages.map(({ weight }) => weight);
  const approvals = [...new Set(walk.waits)].map((weight) => ({
    before: weight === 0 ? 'traffic' : (weights.find((next) => next > weight) ?? 'promotion'),
  }));
  return { shift: shiftOf(stages), weights, approvals };
}

function takeStep(one: ImportCase, step: Field, walk: Walk): void {
  const [weight, pause] = [step.at('setWeight'), step.at('pause')];
  const at = walk.stages.at(-1);
  if (weight.number !== undefined) {
    const exact = (weight.number * 100) / walk.most;
    const percent = Math.min(100, Math.ceil(exact));
    if (at?.weight === percent) weight.change('the weight stands twice: one stage, the times added');
    else if (percent <= 0) weight.change('weights of a plan begin above 0');
    else if (percent !== weight.number)
      weight.change(`${percent} %${percent === exact ? '' : `, in place of ${exact}`}`);
    else weight.keep();
    if (percent > 0) walk.stages.push({ weight: percent, everyMs: 0 });
    return;
  }
  if (!Object.hasOwn(step.tree, 'pause')) return;
  const duration = pause.at('duration');
  const ms = durationOf(duration.text);
  if (ms === undefined && duration.exists)
    reject(one, duration, `${JSON.stringify(duration.value)} is no duration`, 'write seconds, or 30s, 10m, 1h');
  if (ms === undefined) {
    pause.keep('a person approves the next weight');
    walk.waits.push(at?.weight ?? 0);
  } else if (at) {
    duration.keep();
    at.everyMs += ms;
    if (ms > 0) walk.timed.add(at.weight);
  } else duration.lose('a pause before the first weight');
}

/** A plan's weights grow. */
function growing(canary: Field, { stages }: Walk): TimedWeight[] {
  const joined = joinStages(stages);
  const kept = joined.filter(
    ({ weight }, index) => weight <= 100 && joined.slice(0, index).every((before) => before.weight < weight),
  );
  if (kept.length < joined.length)
    canary.at('steps').remark('weights of a plan grow: smaller ones after larger ones are left out');
  return kept;
}

interface Untimed {
  canary: Field;
  walk: Walk;
  whole: TimedWeight[];
  intervalMs: number;
}

/** The last one is no matter: Argo ends there, a plan looks once more. */
function untimed({ canary, walk, whole, intervalMs }: Untimed): void {
  const bare = whole.filter(({ weight }) => !walk.timed.has(weight) && (whole.length === 1 || weight < 100));
  if (bare.length === 0) return;
  const weights = bare.map(({ weight }) => weight).join(', ');
  canary
    .at('steps')
    .remark(
      `no pause says how long ${weights} % last${bare.length === 1 ? 's' : ''}: ${intervalMs / 1000} s each, as a plan looks before it goes on`,
    );
}

/** All users at once, by selector; what waits does so before they see the new version. */
export function blueGreenSteps(blueGreen: Field, intervalMs = DEFAULT_MS): RolloutSteps {
  const [enabled, seconds] = [blueGreen.at('autoPromotionEnabled'), blueGreen.at('autoPromotionSeconds')];
  for (const key of ['autoPromotionEnabled', 'autoPromotionSeconds']) blueGreen.at(key).keep();
  const waits = enabled.value === false || (seconds.number ?? 0) > 0;
  const goesOn = seconds.number ? { expires: formatDuration(seconds.number * 1_000), onExpiry: 'proceed' } : {};
  return {
    shift: shiftOf([{ weight: 100, everyMs: intervalMs }]),
    weights: [100],
    approvals: waits ? [{ before: 'traffic', ...goesOn }] : [],
  };
}
