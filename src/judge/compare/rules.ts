import { DEFAULTS, MAX_GUARDS, type MetricPreset, PRESET_ERROR_BUDGET, PRESETS, WARM_UP } from './presets.ts';
import type { CompareOptions, GuardOptions, LatencyOptions, Line, MetricName, MetricOptions } from './types.ts';

/** One metric with everything filled in. A guard has ratio 0 and no pass line. */
export interface MetricRules {
  name: MetricName;
  /** Share of alpha; all shares sum to 1. */
  weight: number;
  abort: Line;
  pass?: Line;
  /** In the unit of `Tick.tick`, since the canary's first requests. */
  warmup: number;
  overdispersion: number;
  /** The abort line's ratio is this one, learned from the primary's own pods. */
  podRatio?: number;
  /** Latency only; absent: taken from the data. */
  guards?: number[];
  /** Of a guard: held against requests slower than the first bound from there on. */
  limit?: number;
  /** Of the bounds, for sentences. */
  unit?: string;
}

/** Options with everything filled in. */
export interface Rules extends Required<Pick<CompareOptions, keyof typeof DEFAULTS>> {
  deadlineTicks?: number;
  metrics: MetricRules[];
}

/** The line while the canary warms up: beyond it lies what no warm-up excuses. */
export function warmUpLine({ name, abort }: MetricRules): Line {
  const beyond = name === 'errors' || name === 'errors-guard' ? WARM_UP.errors : WARM_UP.latency;
  return {
    ratio: abort.ratio === 0 ? 0 : Math.max(WARM_UP.ratio, abort.ratio),
    margin: abort.margin + beyond,
  };
}

/** Fills in the defaults. Throws a RangeError that names the option and what would be right. */
export function resolve(options: CompareOptions): Rules {
  const rules: Rules = { ...DEFAULTS, metrics: [] };
  for (const key of Object.keys(DEFAULTS) as (keyof typeof DEFAULTS)[]) rules[key] = options[key] ?? DEFAULTS[key];
  for (const key of ['alpha', 'beta'] as const) check(key, rules[key], open(rules[key]), 'between 0 and 1');
  for (const key of ['warmupTicks', 'minTicks', 'minBakeTicks', 'minBad'] as const)
    check(key, rules[key], whole(rules[key], 0), 'a whole number, 0 or more');
  for (const key of ['missingTicks', 'abortTicks', 'passTicks'] as const)
    check(key, rules[key], whole(rules[key], 1), 'a whole number, 1 or more');
  if (options.deadlineTicks !== undefined) {
    check('deadlineTicks', options.deadlineTicks, whole(options.deadlineTicks, 1), 'a whole number, 1 or more');
    rules.deadlineTicks = options.deadlineTicks;
  }
  rules.metrics = normalise(metrics(options));
  return rules;
}

function metrics(options: CompareOptions): MetricRules[] {
  const preset = PRESETS[options.preset ?? 'default'];
  if (!preset) throw new RangeError(`preset is ${options.preset}: strict, default or relaxed wanted`);
  if (options.slo !== undefined) check('slo', options.slo, open(options.slo), 'between 0 and 1, such as 0.999');
  const scale = options.slo === undefined ? 1 : (1 - options.slo) / PRESET_ERROR_BUDGET;
  const list: MetricRules[] = [];
  const { warmupTicks = DEFAULTS.warmupTicks, guard = {} } = options;
  const errors = { warmupTicks, ...options.errors };
  const slow = { warmupTicks, ...options.latency };
  if (options.errors !== false) list.push(compared('errors', errors, preset.errors, scale));
  if (options.latency) list.push(latency(slow, preset.latency));
  if (guard.errors !== undefined) list.push(guarded('errors-guard', guard.errors, guard, errors));
  if (guard.latency)
    list.push({ ...guarded('latency-guard', guard.latency.share, guard, slow), ...limit(guard.latency, slow) });
  if (list.length === 0) throw new RangeError('nothing to judge: errors, latency or guard wanted');
  return list;
}

function compared(name: MetricName, options: MetricOptions, preset: MetricPreset, scale: number): MetricRules {
  const abort = {
    ratio: options.abort?.ratio ?? preset.abort.ratio,
    margin: options.abort?.margin ?? preset.abort.margin * scale,
  };
  // A wider abort line takes the pass line with it unless that one is set too.
  const pass = {
    ratio: options.pass?.ratio ?? Math.max(preset.pass.ratio, abort.ratio),
    margin: options.pass?.margin ?? Math.max(preset.pass.margin * scale, abort.margin),
  };
  checkLine(`${name}.abort`, abort);
  checkLine(`${name}.pass`, pass);
  for (const key of ['ratio', 'margin'] as const)
    check(`${name}.pass.${key}`, pass[key], pass[key] >= abort[key], `at least ${name}.abort.${key} (${abort[key]})`);
  const ratio = options.podRatio ?? 1;
  check(`${name}.podRatio`, ratio, ratio >= 1 && ratio <= 1000, '1 or more, at most 1000');
  const wider = ratio > abort.ratio && { abort: { ...abort, ratio }, podRatio: ratio };
  const overdispersion = phi(name, options.overdispersion);
  return {
    name,
    weight: weight(name, options.weight),
    abort,
    pass,
    warmup: warmUp(name, options),
    overdispersion,
    ...wider,
  };
}

function latency(options: LatencyOptions, preset: MetricPreset): MetricRules {
  const rules = compared('latency', options, preset, 1);
  const { guards: at, unit } = options;
  if (unit) rules.unit = unit;
  if (at) {
    check('latency.guards', at, at.length > 0 && rising(at), 'finite numbers that rise');
    check('latency.guards', at.length, at.length <= MAX_GUARDS, `${MAX_GUARDS} at most`);
    rules.guards = [...at];
  }
  return rules;
}

function guarded(
  name: 'errors-guard' | 'latency-guard',
  share: number,
  options: GuardOptions,
  metric: MetricOptions,
): MetricRules {
  check(`guard.${name.split('-')[0]}`, share, open(share), 'a share between 0 and 1, such as 0.01');
  const abort = { ratio: 0, margin: share };
  return { name, weight: weight('guard', options.weight), abort, warmup: warmUp(name, metric), overdispersion: 1 };
}

function limit({ le }: { le: number }, { unit }: LatencyOptions): Pick<MetricRules, 'limit' | 'unit'> {
  check('guard.latency.le', le, Number.isFinite(le), 'a finite number');
  return { limit: le, unit };
}

function warmUp(name: string, { warmupTicks = 0 }: MetricOptions): number {
  check(`${name}.warmupTicks`, warmupTicks, warmupTicks >= 0 && Number.isFinite(warmupTicks), '0 or more');
  return warmupTicks;
}

function normalise(list: MetricRules[]): MetricRules[] {
  const sum = list.reduce((total, { weight }) => total + weight, 0);
  return list.map((rules) => ({ ...rules, weight: rules.weight / sum }));
}

function weight(name: string, value = 1): number {
  check(`${name}.weight`, value, value > 0 && Number.isFinite(value), 'a number above 0');
  return value;
}

function phi(name: string, value = 1): number {
  check(`${name}.overdispersion`, value, value >= 1 && Number.isFinite(value), '1 or more');
  return value;
}

function checkLine(name: string, { ratio, margin }: Line): void {
  check(`${name}.ratio`, ratio, ratio > 0 && ratio <= 1000, 'above 0 and at most 1000, such as 1.1');
  check(`${name}.margin`, margin, margin >= 0 && margin <= 1, 'a share from 0 to 1, such as 0.001');
}

const open = (value: number) => value > 0 && value < 1;
const whole = (value: number, least: number) => Number.isSafeInteger(value) && value >= least;
const rising = (list: number[]) => list.every((le, i) => Number.isFinite(le) && (i === 0 || le > (list[i - 1] ?? le)));

function check(name: string, value: unknown, right: boolean, wanted: string): void {
  if (!right) throw new RangeError(`${name} is ${JSON.stringify(value)}: ${wanted} wanted`);
}
