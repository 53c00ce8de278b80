/** Whether the cluster takes a write of the route from Sluice's own user, found out by one that is not stored (dry run). */
import { setTimeout as sleep } from 'node:timers/promises';
import { kubectl } from '../../control-plane/kubectl.ts';
import type { LabState } from '../../index.ts';
import { NAMESPACE } from '../app.ts';

const AGAIN_MS = 200;

/** Resolves when such a write is taken, or refused, as wanted. @returns when, epoch ms */
export async function untilWritable(lab: LabState, wanted: boolean, signal: AbortSignal): Promise<number> {
  while ((await isWritable(lab, signal)) !== wanted) await sleep(AGAIN_MS, undefined, { signal });
  return Date.now();
}

async function isWritable(lab: LabState, signal: AbortSignal): Promise<boolean> {
  const asSluice = [`--kubeconfig=${lab.productKubeconfig}`, '-n', NAMESPACE, 'patch', 'virtualservice', 'reviews'];
  const patch = ['--type=merge', '--dry-run=server', '-p', '{"metadata":{"annotations":{"tried":"now"}}}'];
  const taken = await kubectl(lab, [...asSluice, ...patch], signal).then(
    () => true,
    () => false,
  );
  signal.throwIfAborted();
  return taken;
}
