import { describe, expect, it } from 'vitest';
import { labCondition, processStartTime } from '../../../../lab/host/liveness.ts';
import { initialState, type LabState } from '../../../../lab/host/state.ts';

function lab(changes: Partial<LabState>): LabState {
  const fresh = initialState({ name: 'x', dir: '/x', parts: [], bin: {}, unprivileged: false, startedAt: new Date(0) });
  return { ...fresh, pid: 42, pidStartTime: '1000', phase: 'ready', ...changes };
}

describe('the condition of a lab', () => {
  it('is free without a state', () => {
    expect(labCondition(undefined)).toBe('free');
  });

  it('is live while the process it names is the one that was started', () => {
    expect(labCondition(lab({}), () => '1000')).toBe('live');
  });

  it('is live while it stops, and while its init is there after a failure', () => {
    expect(labCondition(lab({ phase: 'stopping' }), () => '1000')).toBe('live');
    expect(labCondition(lab({ phase: 'failed' }), () => '1000')).toBe('live');
  });

  it('is stale when the process is gone or its id belongs to another one', () => {
    expect(labCondition(lab({}), () => undefined)).toBe('stale');
    expect(labCondition(lab({}), () => '2000')).toBe('stale');
    expect(labCondition(lab({ pid: 0, pidStartTime: '', phase: 'starting' }), () => undefined)).toBe('stale');
  });

  it('is over when it ended in order', () => {
    expect(labCondition(lab({ phase: 'stopped' }), () => undefined)).toBe('over');
    expect(labCondition(lab({ phase: 'failed' }), () => undefined)).toBe('over');
  });
});

describe('the start time of a process', () => {
  const stat = (state: string) => `7 (a) b (c) ${state} 1 7 7 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 98765 100 200`;

  it('is field 22, however odd the command is called', () => {
    expect(processStartTime(7, () => stat('S'))).toBe('98765');
  });

  it('is nothing for a zombie or a process that is not there', () => {
    expect(processStartTime(7, () => stat('Z'))).toBeUndefined();
    expect(
      processStartTime(7, () => {
        throw new Error('ENOENT');
      }),
    ).toBeUndefined();
  });

  it('is known for this process', () => {
    expect(processStartTime(process.pid)).toMatch(/^\d+$/);
  });
});
