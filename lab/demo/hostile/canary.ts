/** The canary of the hostile demo: good until it is told to be bad. */
import { kubectl } from '../../control-plane/kubectl.ts';
import { LabError, type LabState } from '../../index.ts';
import { NAMESPACE } from '../app.ts';

/** What its pods answer as `x-version`. */
export const CANARY_VERSION = 'v3';
export const ERROR_PERCENT = 30;

const SIDECAR_PORT = 15020;

/** From now on every running program of the canary fails {@link ERROR_PERCENT} of the real requests; its health stays good. */
export async function turnBad(lab: LabState, signal: AbortSignal): Promise<void> {
  const ips = await pods(lab, '{.items[*].status.podIP}', signal);
  if (ips.length === 0) throw new LabError('the canary has no pod that could turn bad');
  const body = JSON.stringify({ errorPercent: ERROR_PERCENT });
  for (const ip of ips) {
    const { ok } = await fetch(`http://${ip}:${SIDECAR_PORT}/control`, { method: 'POST', body, signal });
    if (!ok) throw new LabError(`the program of the canary at ${ip} does not do what it is told`);
  }
}

/** What is left of the canary: replicas that are wanted, and pods. */
export async function canaryLeft(lab: LabState, signal: AbortSignal): Promise<{ wanted: number; pods: number }> {
  const wanted = await kubectl(
    lab,
    ['-n', NAMESPACE, 'get', 'deployment', 'reviews-v2', '-o', 'jsonpath={.spec.replicas}'],
    signal,
  );
  return { wanted: Number(wanted), pods: (await pods(lab, '{.items[*].metadata.name}', signal)).length };
}

/** A field of each of the canary's pods. */
async function pods(lab: LabState, path: string, signal: AbortSignal): Promise<string[]> {
  const list = ['-n', NAMESPACE, 'get', 'pods', '-l', 'version=v2', '-o', `jsonpath=${path}`];
  return (await kubectl(lab, list, signal)).split(' ').filter(Boolean);
}
