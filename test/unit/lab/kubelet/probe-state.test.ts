import { describe, expect, it } from 'vitest';
import {
  initialProbeState,
  nextProbeState,
  type ProbeState,
  probeDelayMs,
  probeSettings,
} from '../../../../lab/kubelet/probe-state.ts';

const settings = probeSettings({ periodSeconds: 2, failureThreshold: 3, successThreshold: 2 });

function outcomes(answers: string, initially: boolean): boolean[] {
  let state: ProbeState = initialProbeState(initially);
  return [...answers].map((answer) => {
    state = nextProbeState(state, answer === '+', settings);
    return state.passing;
  });
}

describe('probe state', () => {
  it('turns only after enough equal answers in a row', () => {
    expect(outcomes('++---++', false)).toEqual([false, true, true, true, false, false, true]);
  });

  it('starts counting anew when the answer changes', () => {
    expect(outcomes('--+--+--', true)).toEqual(Array(8).fill(true));
    expect(outcomes('+-+-+-', false)).toEqual(Array(6).fill(false));
  });

  it('reads the period of the API server as unset', () => {
    expect(probeSettings({ periodSeconds: 10 }).periodMs).toBe(1000);
    expect(probeSettings({}).periodMs).toBe(1000);
    expect(probeSettings({ periodSeconds: 5, timeoutSeconds: 3, initialDelaySeconds: 4 })).toEqual({
      initialDelayMs: 4000,
      periodMs: 5000,
      timeoutMs: 3000,
      successThreshold: 1,
      failureThreshold: 3,
    });
  });

  it('asks often while the program starts, then once per period', () => {
    const failing = initialProbeState(false);
    expect(probeDelayMs(failing, settings, 0)).toBe(40);
    expect(probeDelayMs(failing, settings, 3000)).toBe(2000);
    expect(probeDelayMs({ ...failing, passing: true }, settings, 0)).toBe(2000);
  });
});
