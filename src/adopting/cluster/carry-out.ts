/** Does, or takes back, what adoption says: every write is tried before the first is made, and made only on what was read. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { KubeClient, KubeObject, PatchOperation, WriteOptions } from '../../kubernetes/client/client.ts';
import { ClusterError } from '../../kubernetes/client/errors.ts';
import { annotate, forget, pointer } from '../../kubernetes/objects/annotations.ts';
import type { Deployment } from '../../kubernetes/objects/deployments.ts';
import { describeRef } from '../../kubernetes/objects/refs.ts';
import { CannotAdopt } from '../cannot-adopt.ts';
import { ADOPTED, adoptedKeys, OWNED } from '../names.ts';
import { type AdoptStep, rolledOut } from '../steps.ts';
import type { UndoStep } from '../undo.ts';

const LOOK_MS = 1_000;

interface Making {
  /** `<namespace>/<plan>` */
  claim: string;
  /** Longest wait for pods that restart, ms. */
  patienceMs: number;
  tell: (words: string) => void;
}

/** @throws CannotAdopt, ClusterError; what was told is made, and calling again goes on */
export async function carryOut(client: KubeClient, steps: readonly AdoptStep[], making: Making): Promise<void> {
  const open = steps.filter(({ done }) => !done);
  for (const step of open) await write(client, step, making.claim, { dryRun: true });
  for (const step of steps) {
    if (!step.done) {
      await write(client, step, making.claim);
      making.tell(`${step.adds ? 'changed' : step.frees ? 'freed' : 'made'} ${describeRef(step.ref)}`);
    }
    if (step.awaited) await ready(client, step, making);
  }
}

async function write(
  client: KubeClient,
  { ref, object, adds, frees }: AdoptStep,
  claim: string,
  options?: WriteOptions,
): Promise<void> {
  const before = adds?.before ?? frees?.before;
  if (!before) {
    await client.create(ref, object, options).catch((error) => Promise.reject(unknownKind(error)));
    return;
  }
  const keys = [...(adoptedKeys(before, claim) ?? []), ...(adds ? Object.keys(adds.labels) : [OWNED])];
  const set = Object.entries(adds?.labels ?? {}).map(
    ([key, value]): PatchOperation => ({ op: 'add', path: `${adds?.path}/${pointer(key)}`, value }),
  );
  if (frees) set.push({ op: 'remove', path: `/metadata/ownerReferences/${frees.index}` });
  const noted = annotate(before.metadata.annotations, { [ADOPTED]: [claim, ...new Set(keys)].join(' ') });
  await client.patch(ref, [unchanged(before), ...noted, ...set], options);
}

/** A kind that the cluster does not know has no URL. */
function unknownKind(error: unknown): unknown {
  if (!(error instanceof ClusterError && error.reason === 'notFound')) return error;
  const remedy = 'apply deploy/crds/rolloutplans.yaml (the chart sluice-crds), or have files: --to DIR';
  return new CannotAdopt('the cluster', 'it does not know the kind RolloutPlan', remedy);
}

async function ready(client: KubeClient, { ref }: AdoptStep, { patienceMs }: Making): Promise<void> {
  for (const endMs = Date.now() + patienceMs; ; await sleep(LOOK_MS, undefined, { signal: client.signal })) {
    const now = await client.get<Deployment>(ref);
    if (now && rolledOut(now)) return;
    if (Date.now() < endMs) continue;
    const problem = 'its new pods are not all available yet, so no user is led to them alone';
    throw new CannotAdopt(describeRef(ref), problem, 'see why with kubectl rollout status, then call this again');
  }
}

/** @throws ClusterError `conflict` when one was changed since */
export async function takeBack(client: KubeClient, steps: readonly UndoStep[], tell: Making['tell']): Promise<void> {
  for (const { ref, object, operations, does } of steps) {
    if (operations) await client.patch(ref, [unchanged(object), ...operations, ...forget(object, ADOPTED)]);
    else await client.delete(ref, only(object));
    tell(`done: ${does}`);
  }
}

function only({ metadata: { uid, resourceVersion } }: KubeObject) {
  return { uid, resourceVersion };
}

function unchanged({ metadata: { resourceVersion } }: KubeObject): PatchOperation {
  return { op: 'test', path: '/metadata/resourceVersion', value: resourceVersion };
}
