/**
 * The one way that Sluice changes an object (order rules 2, 3 and 9): read it, check fence and claim, and write the change
 * together with both in one request that holds only if the object is still the one just read.
 */
import type { Uids } from '../../contract/detected.ts';
import { decideWrite, type Fence, fenceKey, formatFence } from '../../contract/fence.ts';
import type { KubeClient, KubeObject, PatchOperation, Ref } from '../client/client.ts';
import { ClusterError } from '../client/errors.ts';
import {
  annotate,
  annotation,
  claimOf,
  forget,
  MIRROR,
  mirrorOwner,
  OWNER,
  storedFence,
} from '../objects/annotations.ts';
import { lastWriter } from '../objects/deployments.ts';
import { grantProblems } from '../objects/grants.ts';
import { describeRef } from '../objects/refs.ts';
import { retryConflicts } from './conflicts.ts';
import { Refusal } from './refusals.ts';

/** Whose write it is. */
export interface WriteAs {
  /** Name of the plan or mirror. */
  owner: string;
  /** Namespace of the plan or mirror, part of the claim. */
  namespace: string;
  fence: Fence;
  /** What may be written, see `FencedTarget`. Absent: whatever has the name. */
  uids?: Uids | undefined;
  /**
   * A mirror's write: its claim and fence stand beside those of the plan that owns the object. `release` takes the claim away
   * with the write and asks nobody, so that a mirror can always be removed. Absent: a plan's write.
   */
  mirror?: 'claim' | 'release';
  /**
   * Only takes copies or users away, or is about an object that the plan made: what is the plan's already needs no grant of another
   * namespace any more. Default false.
   */
  back?: boolean;
  /** For a plan's write that moves users: refused while a mirror is on the object. Default false. */
  refuseMirrors?: boolean;
}

/** Why nothing was written although fence and claim allow it, in one sentence. */
interface Drift {
  drift: string;
}

export interface FencedChange<T extends KubeObject> {
  /**
   * What to change on the object just read; called again after a conflict. May set single annotations, but not create or
   * replace `/metadata/annotations` (exists already when the operations run). `[]` writes fence and claim alone.
   */
  change: (object: T) => PatchOperation[] | Drift;
  /** Our write with this very fence is there already: does the object still say what we wrote? */
  isDone: (object: T) => boolean;
  /** The object as it was read a moment ago; absent: it is read first. */
  read?: T;
}

export type FencedResult<T> =
  /** `object` as the API server answered. */
  | { kind: 'written'; object: T }
  /** written before with the same fence, and still so */
  | { kind: 'confirmed'; object: T }
  /** written before with the same fence, and changed by somebody since */
  | { kind: 'changed'; object: T }
  /** `change` declined */
  | { kind: 'drift'; object: T; sentence: string };

/**
 * A request whose outcome is unknown throws a retryable ClusterError: called again with the same fence it finds out.
 * @throws ClusterError; `notFound` when the object does not exist, `conflict` after sixteen attempts, mostly in two seconds
 * @throws Refusal `Recreated`, `FenceRefused` or `ClaimRefused`, also where a grant is missing
 */
export function fencedPatch<T extends KubeObject>(
  client: KubeClient,
  ref: Ref,
  as: WriteAs,
  { change, isDone, read }: FencedChange<T>,
): Promise<FencedResult<T>> {
  return retryConflicts<FencedResult<T>>(async (attempt) => {
    const object = (attempt === 1 && read) || (await client.get<T>(ref));
    if (!object) throw new ClusterError({ verb: 'patch', object: describeRef(ref), reason: 'notFound' });
    assertSame(ref, object, as.uids);
    assertClaim(ref, object, as);
    assertGrant(ref, object, as);
    if (mayWrite(ref, object, as) === 'confirm') return { kind: isDone(object) ? 'confirmed' : 'changed', object };
    const operations = change(object);
    if (!Array.isArray(operations)) return { kind: 'drift', object, sentence: operations.drift };
    return { kind: 'written', object: await client.patch<T>(ref, guardedOperations(object, as, operations)) };
  }, client.signal);
}

/** @throws Refusal `Recreated` when it is not the one that is meant */
function assertSame(ref: Ref, object: KubeObject, uids: Uids = {}): void {
  const meant = uids[describeRef(ref)];
  if (meant !== undefined && meant !== object.metadata.uid) throw recreated(ref, object);
}

/** @param object what has the name now */
export function recreated(ref: Ref, object: KubeObject): Refusal {
  const { uid = '', creationTimestamp = 'an unknown time' } = object.metadata;
  const writer = lastWriter(object);
  return new Refusal(
    'Recreated',
    `${describeRef(ref)} is not the one that this rollout began with: it was made at ${creationTimestamp}${writer ? `, last written by ${writer}` : ''}; nothing was written`,
    { [describeRef(ref)]: uid } satisfies Uids,
  );
}

/** @throws Refusal `ClaimRefused` when another plan or mirror is in the way */
function assertClaim(
  ref: Ref,
  object: KubeObject,
  as: Pick<WriteAs, 'namespace' | 'owner' | 'mirror' | 'refuseMirrors'>,
): void {
  if (as.mirror === 'release') return;
  if (as.mirror || as.refuseMirrors) assertNoMirror(ref, object, as);
  if (as.mirror) return;
  const claim = annotation(object, OWNER);
  const ours = ownClaim(as);
  if (claim === undefined || claim === ours) return;
  throw new Refusal(
    'ClaimRefused',
    `${describeRef(ref)} belongs to plan ${claim}, so ${ours} does not write it; take it out of one of the two plans, and if ${claim} is no more, remove its annotation ${OWNER}`,
  );
}

/** @throws Refusal `ClaimRefused` when it is in another namespace and does not allow it, or not any more */
function assertGrant(ref: Ref, object: KubeObject, as: WriteAs): void {
  const { namespace, owner, mirror, back } = as;
  if (mirror === 'release' || (back && annotation(object, OWNER) === ownClaim(as))) return;
  const [problem] = grantProblems(ref, object, { namespace, name: owner });
  if (problem) throw new Refusal('ClaimRefused', `${problem.where} ${problem.problem}; ${problem.remedy}`);
}

function assertNoMirror(ref: Ref, object: KubeObject, as: Pick<WriteAs, 'namespace' | 'owner' | 'mirror'>): void {
  const claim = annotation(object, MIRROR);
  if (claim === undefined || (as.mirror && claim === ownClaim(as))) return;
  throw new Refusal('ClaimRefused', `${describeRef(ref)} is mirrored by ${claim}; ${mirrorRemedy(claim)}`);
}

/** @param claim `<namespace>/<name>` of the mirror */
export function mirrorRemedy(claim: string): string {
  const [namespace = '', name = ''] = claim.split('/');
  return `stop that mirror first: sluice mirror stop ${name} -n ${namespace}`;
}

function ownClaim({ namespace, owner }: Pick<WriteAs, 'namespace' | 'owner'>): string {
  return claimOf({ namespace, name: owner });
}

/** Who the fence's annotation is of. */
function fenceOwner({ owner, mirror }: Pick<WriteAs, 'owner' | 'mirror'>): string {
  return mirror ? mirrorOwner(owner) : owner;
}

function mayWrite(ref: Ref, object: KubeObject, as: WriteAs): 'write' | 'confirm' {
  const { owner, fence } = as;
  const stored = storedFence(object, fenceOwner(as));
  const decision = decideWrite(stored, fence);
  if (decision !== 'refused') return decision;
  throw new Refusal(
    'FenceRefused',
    `${describeRef(ref)} carries a newer write of ${owner} (${stored && formatFence(stored)}) than this one (${formatFence(fence)}); nothing was written`,
    stored,
  );
}

/** Guard, annotations, change: all or nothing. */
export function guardedOperations(object: KubeObject, as: WriteAs, operations: PatchOperation[]): PatchOperation[] {
  const { fence, mirror } = as;
  const claim = { [mirror ? MIRROR : OWNER]: ownClaim(as) };
  const marks = { [fenceKey(fenceOwner(as))]: formatFence(fence), ...(mirror === 'release' ? {} : claim) };
  return [
    { op: 'test', path: '/metadata/uid', value: object.metadata.uid },
    { op: 'test', path: '/metadata/resourceVersion', value: object.metadata.resourceVersion },
    ...annotate(object.metadata.annotations, marks),
    ...(mirror === 'release' ? release(object, as) : []),
    ...operations,
  ];
}

/** Another mirror's claim stays. */
function release(object: KubeObject, as: WriteAs): PatchOperation[] {
  if (annotation(object, MIRROR) !== ownClaim(as)) return [];
  return forget(object, MIRROR);
}
