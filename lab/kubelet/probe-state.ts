import type { Probe } from './types.ts';

/** Where a probe stands: whether it passes, and how many answers in a row say the opposite or the same. */
export interface ProbeState {
  passing: boolean;
  lastOk: boolean | null;
  streak: number;
}

/** Timing and thresholds of a probe, milliseconds, with the lab's defaults filled in. */
export interface ProbeSettings {
  initialDelayMs: number;
  periodMs: number;
  timeoutMs: number;
  successThreshold: number;
  failureThreshold: number;
}

/** Period the API server fills in when a probe names none; read as "unset", because it cannot be told apart. */
const API_DEFAULT_PERIOD_S = 10;
const LAB_PERIOD_S = 1;

export function probeSettings(probe: Probe): ProbeSettings {
  const period = probe.periodSeconds ?? API_DEFAULT_PERIOD_S;
  return {
    initialDelayMs: (probe.initialDelaySeconds ?? 0) * 1000,
    periodMs: (period === API_DEFAULT_PERIOD_S ? LAB_PERIOD_S : period) * 1000,
    timeoutMs: (probe.timeoutSeconds ?? 1) * 1000,
    successThreshold: probe.successThreshold ?? 1,
    failureThreshold: probe.failureThreshold ?? 3,
  };
}

export function initialProbeState(passing: boolean): ProbeState {
  return { passing, lastOk: null, streak: 0 };
}

/** The state after one more answer; it turns when enough answers in a row agree. */
export function nextProbeState(state: ProbeState, ok: boolean, settings: ProbeSettings): ProbeState {
  const streak = state.lastOk === ok ? state.streak + 1 : 1;
  const needed = ok ? settings.successThreshold : settings.failureThreshold;
  return { passing: streak >= needed ? ok : state.passing, lastOk: ok, streak };
}

/** Fresh processes are asked often, so that a pod is ready when its program is and not a period later. */
const EAGER_FOR_MS = 3000;
const EAGER_PERIOD_MS = 40;

/** Wait before the next question, milliseconds. @param sinceFirst time since the first question was asked */
export function probeDelayMs(state: ProbeState, settings: ProbeSettings, sinceFirst: number): number {
  const starting = !state.passing && sinceFirst < EAGER_FOR_MS;
  return starting ? Math.min(EAGER_PERIOD_MS, settings.periodMs) : settings.periodMs;
}
