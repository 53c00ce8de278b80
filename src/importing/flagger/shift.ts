import { formatDuration } from '../../plan/index.ts';
import { escapePattern } from '../../promql/index.ts';
import { type ImportCase, require } from '../shared/case.ts';
import type { Field } from '../shared/field.ts';
import { durationOf, joinStages, shiftOf } from '../shared/shift.ts';
import type { LooseTree } from '../shared/tree.ts';

interface FlaggerShift {
  shift: LooseTree;
  weights: number[];
  mirror?: LooseTree;
  failureThreshold?: number;
}

const LEAST_INTERVAL_MS = 10_000;
const DEFAULT_INTERVAL_MS = 60_000;
const TO_100 =
  'Flagger upgrades its primary while the canary has this share; a plan moves all users to the canary first, so 100 was appended: the canary grows to full size';

export function convertShift(one: ImportCase, analysis: Field): FlaggerShift {
  const everyMs = intervalOf(analysis.at('interval'));
  const weights = weightsOf(analysis);
  const stages = joinStages(weights.map((weight) => ({ weight, everyMs })));
  const matches = matchStages(one, analysis, formatDuration(everyMs));
  const timed = stages.map(({ weight }) => ({ weight, every: formatDuration(everyMs) }));
  return {
    weights,
    shift: matches.length > 0 ? { stages: [...matches, ...timed] } : shiftOf(stages),
    mirror: mirrorOf(analysis, everyMs),
    failureThreshold: thresholdOf(analysis.at('threshold')),
  };
}

function intervalOf(field: Field): number {
  const ms = durationOf(field.text);
  if (ms === undefined) field.change(`${field.exists ? 'no duration' : 'not said'}: 1m, as Flagger takes it`);
  else if (ms < LEAST_INTERVAL_MS)
    field.change('Flagger takes at least 10s, and so does the plan', 'write 10s or more');
  else field.keep();
  return Math.max(LEAST_INTERVAL_MS, ms ?? DEFAULT_INTERVAL_MS);
}

/** Cumulative in both. */
function thresholdOf(field: Field): number | undefined {
  const limit = field.number;
  if (limit === undefined || !Number.isInteger(limit)) return undefined;
  if (limit > 0) field.keep();
  else field.change('the first failed interval aborts, as the least that a plan knows');
  return Math.max(1, limit);
}

function weightsOf(analysis: Field): number[] {
  const [iterations, match] = [analysis.at('iterations'), analysis.at('match')];
  if (iterations.exists && match.items().length > 0) return [100];
  if (iterations.exists && iterations.number !== 0) {
    iterations.change(
      `${iterations.text} looks at the canary before users, on the hooks' requests alone; the plan tests it before users (acceptance, load) and looks when they have come, all at once`,
    );
    return [100];
  }
  const list = analysis.at('stepWeights');
  if (list.exists) return listed(analysis);
  const [step, last] = [analysis.at('stepWeight'), analysis.at('maxWeight')];
  const [by, to] = [step.number || 100, last.number || 100];
  step.keep('counted out in shift.weights');
  // The last step may go beyond maxWeight: below it Flagger takes one more.
  const weights = Array.from({ length: Math.ceil(to / by) }, (_, index) => Math.min(100, (index + 1) * by));
  if (weights.at(-1) === 100) last.keep();
  else last.change(TO_100);
  return weights.at(-1) === 100 ? weights : [...weights, 100];
}

function listed(analysis: Field): number[] {
  const list = analysis.at('stepWeights');
  for (const key of ['stepWeight', 'maxWeight'])
    if (analysis.at(key).exists) analysis.at(key).lose('Flagger ignores it beside stepWeights', 'remove it');
  const given = list.items().flatMap(({ number }) => number ?? []);
  const growing = given.filter(
    (weight, index) => weight > 0 && weight <= 100 && weight > Math.max(0, ...given.slice(0, index)),
  );
  const whole = growing.length === given.length;
  if (growing.at(-1) === 100 && whole) list.keep();
  else list.change(whole ? TO_100 : 'weights that do not grow are left out');
  return growing.at(-1) === 100 ? growing : [...growing, 100];
}

/** Users who meet one of the conditions come before all others: a stage for each, as a plan's stage has one. */
function matchStages(one: ImportCase, analysis: Field, every: string): LooseTree[] {
  const [iterations, match] = [analysis.at('iterations'), analysis.at('match')];
  const conditions = match.items();
  if (!iterations.exists || conditions.length === 0) return [];
  require(one, 'match', match);
  iterations.change('looks at the users who match, then all users come at once: Flagger never moves the others');
  return conditions.map((condition, index) => {
    const last = index === conditions.length - 1;
    return { match: conditionOf(condition), every, iterations: last ? iterations.number : undefined };
  });
}

const ONE_COOKIE = /^\^\(\.\*;\)\?\(([\w-]+)=([\w.-]+)\)\(;\.\*\)\?\$$/;

function conditionOf(condition: Field): LooseTree {
  const headers = condition.at('headers').fields();
  const [, cookie, value] = ONE_COOKIE.exec(condition.at('headers', 'cookie', 'regex').text ?? '') ?? [];
  if (headers.length === 1 && cookie !== undefined && value !== undefined) {
    condition.change(`the cookie ${cookie}`);
    return { cookie: { [cookie]: value } };
  }
  const values = headers.map(([name, by]): [string, unknown] => {
    const [regex, exact, prefix] = [by.at('regex'), by.at('exact'), by.at('prefix')];
    for (const field of [regex, exact]) field.keep();
    if (prefix.text !== undefined) prefix.change('as a pattern');
    const pattern = regex.text ?? (prefix.text === undefined ? undefined : `${escapePattern(prefix.text)}.*`);
    return [name, exact.text ?? { regex: pattern }];
  });
  return { header: Object.fromEntries(values) };
}

function mirrorOf(analysis: Field, everyMs: number): LooseTree | undefined {
  const [mirror, weight] = [analysis.at('mirror'), analysis.at('mirrorWeight')];
  if (mirror.value !== true) {
    if (mirror.exists) mirror.keep();
    return undefined;
  }
  mirror.keep();
  weight.keep();
  return { percent: weight.number ?? 100, every: formatDuration(everyMs), iterations: 1 };
}
