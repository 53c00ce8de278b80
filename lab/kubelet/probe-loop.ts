import { setTimeout as sleep } from 'node:timers/promises';
import { initialProbeState, nextProbeState, type ProbeSettings, probeDelayMs } from './probe-state.ts';
import type { Ask } from './probe-target.ts';

export interface ProbeLoop {
  ask: Ask;
  settings: ProbeSettings;
  /** What holds before the first answer: readiness and start-up begin as failing, liveness as passing. */
  initially: boolean;
  /** Called whenever the probe turns. */
  turned: (passing: boolean, reason: string) => void;
}

/** Asks until the signal ends it. */
export async function runProbe({ ask, settings, initially, turned }: ProbeLoop, signal: AbortSignal): Promise<void> {
  let state = initialProbeState(initially);
  if (!(await pause(settings.initialDelayMs, signal))) return;
  const firstAt = performance.now();
  while (!signal.aborted) {
    const { ok, reason } = await ask(settings.timeoutMs);
    if (signal.aborted) return;
    const before = state.passing;
    state = nextProbeState(state, ok, settings);
    if (state.passing !== before) turned(state.passing, reason);
    if (!(await pause(probeDelayMs(state, settings, performance.now() - firstAt), signal))) return;
  }
}

/** Waits; false when the signal ended the wait. */
export function pause(ms: number, signal: AbortSignal): Promise<boolean> {
  return sleep(ms, true, { signal }).catch(() => false);
}
