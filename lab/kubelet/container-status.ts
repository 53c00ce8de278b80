import type { Container, ContainerState, ContainerStatus, Terminated } from './types.ts';

/** A container's status before anything was tried. @param previous what an earlier kubelet wrote about this pod */
export function initialContainerStatus(
  container: Container,
  previous: ContainerStatus | undefined,
  now: Date,
): ContainerStatus {
  const fresh: ContainerStatus = {
    name: container.name,
    image: container.image,
    imageID: '',
    ready: false,
    started: false,
    restartCount: 0,
    state: { waiting: { reason: 'ContainerCreating' } },
    lastState: {},
  };
  if (!previous) return fresh;
  const { running, terminated } = previous.state;
  // The program died with the earlier kubelet, so starting it again is a restart.
  if (running) return restarted(fresh, previous.restartCount + 1, lostWithKubelet(running.startedAt, now));
  return restarted(fresh, previous.restartCount + (terminated ? 1 : 0), terminated ?? previous.lastState.terminated);
}

/** What the runtime reports about a process that ended. */
export function terminatedState(exit: { code: number; message?: string }, startedAt: string, now: Date): Terminated {
  return {
    exitCode: exit.code,
    reason: exit.code === 0 ? 'Completed' : 'Error',
    message: exit.message,
    startedAt,
    finishedAt: wireTime(now),
  };
}

/** Kubernetes times have whole seconds. */
export function wireTime(date: Date): string {
  return `${date.toISOString().slice(0, 19)}Z`;
}

function restarted(fresh: ContainerStatus, restartCount: number, last: Terminated | undefined): ContainerStatus {
  const lastState: ContainerState = last ? { terminated: last } : {};
  return { ...fresh, restartCount, lastState };
}

function lostWithKubelet(startedAt: string, now: Date): Terminated {
  return terminatedState({ code: 137, message: 'ended together with the kubelet' }, startedAt, now);
}
