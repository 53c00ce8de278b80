import { formatDuration } from '../../plan/index.ts';
import { escapePattern } from '../../promql/quote.ts';
import type { Field } from '../shared/field.ts';
import { durationOf, joinStages, shiftOf } from '../shared/shift.ts';
import type { LooseTree } from '../shared/tree.ts';

interface FlaggerShift {
  shift: LooseTree;
  weights: number[];
  mirror?: LooseTree;
  failureThreshold: number;
}

const LEAST_INTERVAL_MS = 10_000;
const DEFAULT_INTERVAL_MS = 60_000;
const TO_100 =
  'Flagger upgrades its primary while the canary has this share; a plan moves all users to the canary first, so 100 was appended: the canary grows to full size';

export function convertShift(analysis: Field): FlaggerShift {
  const everyMs = intervalOf(analysis.at('interval'));
  const weights = weightsOf(analysis);
  const stages = joinStages(weights.map((weight) => ({ weight, everyMs })));
  const matches = matchStages(analysis, formatDuration(everyMs));
  const timed = stages.map(({ weight }) => ({ weight, every: formatDuration(everyMs) }));
  return {
    weights,
    shift: matches.length > 0 ? { stages: [...matches, ...timed] } : shiftOf(stages),
    mirror: mirrorOf(analysis, everyMs),
    failureThreshold: thresholdOf(analysis.at('threshold')),
  };
}

function intervalOf(field: Field): number {
  const ms = /[a-z]$/.test(field.text ?? '') ? durationOf(field.text) : undefined;
  if (ms === undefined)
    field.change(
      `${field.exists ? 'no duration' : 'not said'}: 1m, as Flagger takes it`,
      field.exists ? 'write a unit, as in 30s' : undefined,
    );
  else if (ms < LEAST_INTERVAL_MS)
    field.change('Flagger takes at least 10s, and so does the plan', 'write 10s or more');
  else field.keep();
  return Math.max(LEAST_INTERVAL_MS, ms ?? DEFAULT_INTERVAL_MS);
}

/** Cumulative in both. */
function thresholdOf(field: Field): number {
  const limit = field.number;
  if (limit !== undefined && Number.isInteger(limit) && limit > 0) {
    field.keep();
    return limit;
  }
  field.change(`${field.exists ? 'no count' : 'not said'}: the first failed interval aborts, as with Flagger`);
  return 1;
}

function weightsOf(analysis: Field): number[] {
  const [iterations, match] = [analysis.at('iterations'), analysis.at('match')];
  if (iterations.exists && match.items().length > 0) return [100];
  if (iterations.exists && iterations.number !== 0) {
    iterations.change(
      analysis.at('mirror').value === true
        ? `${iterations.text} looks at the canary on copies of requests, as the plan's mirror has them; then all users come at once, and the plan looks again`
        : `${iterations.text} looks at the canary before users, on the hooks' requests alone; the plan tests it before users (acceptance, load) and looks when they have come, all at once`,
    );
    return [100];
  }
  const list = analysis.at('stepWeights');
  if (list.exists) return listed(analysis);
  const [step, last] = [analysis.at('stepWeight'), analysis.at('maxWeight')];
  const [by, to] = [Math.max(1, step.number || 100), Math.min(100, last.number || 100)];
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
function matchStages(analysis: Field, every: string): LooseTree[] {
  const [iterations, match] = [analysis.at('iterations'), analysis.at('match')];
  if (!iterations.exists || match.items().length === 0) return [];
  iterations.change('looks at the users who match, then all users come at once: Flagger never moves the others');
  const stages = match.items().flatMap((condition): LooseTree[] => {
    const chosen = conditionOf(condition);
    return chosen ? [{ match: chosen, every }] : [];
  });
  return stages.map((stage, index) =>
    index === stages.length - 1 ? { ...stage, iterations: iterations.number || undefined } : stage,
  );
}

/** `^(.*?;)?(type=insider)(;.*)?$` and how else people look for one cookie among all. */
const ONE_COOKIE = /^\^?(?:\(\.\*\??;?\s?\)\??|\.\*\??)?\(?([\w-]+)=([\w-]+)\)?(?:\(;?\.\*\??\)\??|\.\*)?\$?$/;

function conditionOf(condition: Field): LooseTree | undefined {
  const headers = condition.at('headers').fields();
  const said = headers.map(
    ([name, by]) => [name, name.toLowerCase() === 'cookie' ? cookieOf(by) : headerOf(by)] as const,
  );
  const cookie = said.find(([name]) => name.toLowerCase() === 'cookie');
  const unsaid = said.length === 0 || said.some(([, value]) => value === undefined);
  if (unsaid || (cookie && said.length > 1)) {
    condition.lose('a stage is for users with headers that are a text or a pattern, or with one cookie');
    return undefined;
  }
  for (const [key, field] of condition.fields())
    if (key !== 'headers') field.lose('a stage knows headers and a cookie alone: more users match without it');
  return cookie ? { cookie: cookie[1] } : { header: Object.fromEntries(said) };
}

function headerOf(by: Field): unknown {
  const [regex, exact, prefix] = [by.at('regex'), by.at('exact'), by.at('prefix')];
  for (const field of [regex, exact]) field.keep();
  if (prefix.text !== undefined) prefix.change('as a pattern');
  const pattern = regex.text ?? (prefix.text === undefined ? undefined : `${escapePattern(prefix.text)}.*`);
  return exact.text ?? (pattern === undefined ? undefined : { regex: pattern });
}

/** A name alone is how nginx has it: the cookie that says `always`. */
function cookieOf(by: Field): LooseTree | undefined {
  const text = by.at('regex').text ?? by.at('exact').text ?? '';
  const [, name = text, value = 'always'] = ONE_COOKIE.exec(text) ?? [];
  if (!/^[\w-]+$/.test(name)) return undefined;
  by.change(`the cookie ${name}=${value}`);
  return { [name]: value };
}

function mirrorOf(analysis: Field, everyMs: number): LooseTree | undefined {
  const [mirror, weight] = [analysis.at('mirror'), analysis.at('mirrorWeight')];
  if (mirror.value !== true) {
    if (mirror.exists) mirror.keep();
    return undefined;
  }
  mirror.keep();
  weight.keep();
  const percent = weight.number || 100;
  // With weights Flagger mirrors for one look, in blue/green for all of them.
  return { percent, every: formatDuration(everyMs), iterations: analysis.at('iterations').number || 1 };
}
