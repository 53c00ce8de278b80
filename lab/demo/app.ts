/** The service that is rolled out, with everything around it that a team would have in its repository. */
import { get } from 'node:http';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { apply, kubectl } from '../control-plane/kubectl.ts';
import { LabError, type LabState } from '../index.ts';

export const NAMESPACE = 'demo';
/** The host that users ask for. */
export const HOST = 'reviews.demo.example';

const MANIFESTS = join(import.meta.dirname, 'manifests.yaml');
const READY_MS = 60_000;

/** Applies the manifests; resolves when users are served. */
export async function startApp(lab: LabState, signal: AbortSignal): Promise<void> {
  await apply(lab, [MANIFESTS], signal);
  await kubectl(lab, ['-n', NAMESPACE, 'rollout', 'status', 'deployment/reviews-v1', '--timeout=50s'], signal);
  const until = Date.now() + READY_MS;
  while ((await ask(lab)) !== 200) {
    if (Date.now() > until)
      throw new LabError(`${HOST} does not answer through the gateway after ${READY_MS / 1000} s`);
    await sleep(100, undefined, { signal });
  }
}

/** One request of a user. @returns the status; 0 without an answer */
function ask(lab: LabState): Promise<number> {
  return new Promise((resolve) => {
    const request = get(lab.gateway, { headers: { host: HOST }, timeout: 2_000 }, (answer) => {
      answer.resume();
      resolve(answer.statusCode ?? 0);
    });
    request.on('timeout', () => request.destroy());
    request.on('error', () => resolve(0));
  });
}
