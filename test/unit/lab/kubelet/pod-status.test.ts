import { describe, expect, it } from 'vitest';
import { initialContainerStatus, terminatedState } from '../../../../lab/kubelet/container-status.ts';
import { phaseOf, podStatus } from '../../../../lab/kubelet/pod-status.ts';
import type { ContainerState, ContainerStatus } from '../../../../lab/kubelet/types.ts';

const container = { name: 'c', image: 'web:v1' };
const early = new Date('2026-01-01T00:00:00.900Z');
const late = new Date('2026-01-01T00:01:00Z');
const ended = (code: number) => terminatedState({ code }, '2026-01-01T00:00:00Z', early);

function status(state: ContainerState, parts: Partial<ContainerStatus> = {}): ContainerStatus {
  return { ...initialContainerStatus(container, undefined, early), state, ...parts };
}

describe('phase', () => {
  const waiting = { waiting: { reason: 'x' } };
  const running = { running: { startedAt: '' } };
  it.each([
    ['Pending', 'Always', status(waiting)],
    ['Running', 'Always', status(waiting, { lastState: { terminated: ended(1) } })],
    ['Running', 'Always', status(running)],
    ['Running', 'Always', status({ terminated: ended(1) })],
    ['Running', 'OnFailure', status({ terminated: ended(1) })],
    ['Failed', 'Never', status({ terminated: ended(1) })],
    ['Succeeded', 'Never', status({ terminated: ended(0) })],
    ['Succeeded', 'OnFailure', status({ terminated: ended(0) })],
  ] as const)('%s with %s', (phase, restartPolicy, one) => {
    expect(phaseOf({ restartPolicy, containers: [one] })).toBe(phase);
  });
});

describe('pod status', () => {
  const facts = (ready: boolean) => ({
    address: '10.244.1.10',
    startTime: '2026-01-01T00:00:00Z',
    restartPolicy: 'Always' as const,
    containers: [status({ running: { startedAt: '' } }, { ready })],
  });
  const ready = (conditions: ReturnType<typeof podStatus>['conditions']) => conditions?.find((c) => c.type === 'Ready');

  it('names the containers that are not ready', () => {
    expect(ready(podStatus(facts(false), [], early).conditions)).toEqual({
      type: 'Ready',
      status: 'False',
      reason: 'ContainersNotReady',
      message: 'containers with unready status: [c]',
      lastTransitionTime: '2026-01-01T00:00:00Z',
    });
  });

  it('changes the time of a condition only when it turns', () => {
    const first = podStatus(facts(false), [], early);
    const same = podStatus(facts(false), first.conditions ?? [], late);
    const turned = podStatus(facts(true), first.conditions ?? [], late);
    expect(ready(same.conditions)?.lastTransitionTime).toBe('2026-01-01T00:00:00Z');
    expect(ready(turned.conditions)).toMatchObject({
      status: 'True',
      reason: null,
      lastTransitionTime: '2026-01-01T00:01:00Z',
    });
  });
});

describe('a container seen by a restarted kubelet', () => {
  it('counts the start that follows as a restart', () => {
    const before = status({ running: { startedAt: '2026-01-01T00:00:00Z' } }, { restartCount: 2 });
    const after = initialContainerStatus(container, before, late);
    expect(after).toMatchObject({ restartCount: 3, lastState: { terminated: { exitCode: 137 } } });
  });

  it('keeps the last end of one that was waiting for its back-off', () => {
    const before = status({ waiting: { reason: 'x' } }, { restartCount: 2, lastState: { terminated: ended(1) } });
    expect(initialContainerStatus(container, before, late)).toMatchObject({
      restartCount: 2,
      lastState: { terminated: { exitCode: 1 } },
    });
  });
});
