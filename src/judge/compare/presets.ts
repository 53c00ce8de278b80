import type { Line, PresetName } from './types.ts';

export interface MetricPreset {
  abort: Line;
  pass: Line;
}

export interface Preset {
  errors: MetricPreset;
  latency: MetricPreset;
}

/**
 * What is tolerated. `default` suits an objective of 99 % good responses; `strict` halves its margins and excess
 * ratios, `relaxed` doubles them. The chances of error, alpha 0.01 and beta 0.05, are the same in all.
 */
export const PRESETS: Record<PresetName, Preset> = {
  strict: {
    errors: { abort: { ratio: 1.05, margin: 0.0005 }, pass: { ratio: 1.125, margin: 0.0025 } },
    latency: { abort: { ratio: 1.05, margin: 0.0025 }, pass: { ratio: 1.125, margin: 0.005 } },
  },
  default: {
    errors: { abort: { ratio: 1.1, margin: 0.001 }, pass: { ratio: 1.25, margin: 0.005 } },
    latency: { abort: { ratio: 1.1, margin: 0.005 }, pass: { ratio: 1.25, margin: 0.01 } },
  },
  relaxed: {
    errors: { abort: { ratio: 1.2, margin: 0.002 }, pass: { ratio: 1.5, margin: 0.01 } },
    latency: { abort: { ratio: 1.2, margin: 0.01 }, pass: { ratio: 1.5, margin: 0.02 } },
  },
};

/**
 * What no warm-up excuses: this ratio, and so much beyond the margin of the abort line; cold programs are slow far more often than
 * they fail. A share of the wealth is kept for bets that are made meanwhile.
 */
export const WARM_UP = { ratio: 5, errors: 0.1, latency: 0.5, share: 0.25 };

/** What is learned from a bad half hour excuses no more than this. */
export const LEARNED_AT_MOST = { podRatio: 3, overdispersion: 10 };

/** Share of bad responses that the presets' error margins are meant for; an objective scales them. */
export const PRESET_ERROR_BUDGET = 0.01;

export const DEFAULTS = {
  alpha: 0.01,
  beta: 0.05,
  warmupTicks: 2,
  minTicks: 3,
  minBakeTicks: 0,
  missingTicks: 3,
  abortTicks: 2,
  passTicks: 3,
  minBad: 0,
};

/** Above this weight, in percent, the primary is too small an arm to compare with. */
export const LAST_COMPARED_WEIGHT = 75;

/** Keeps the state of a latency metric below 8 kB. */
export const MAX_BOUNDS = 26;
export const MAX_GUARDS = 5;
