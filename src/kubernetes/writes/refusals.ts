import type { Fence } from '../../contract/fence.ts';

/** Writes that we do not make because somebody else's come first. No retry mends them. */

export type RefusalKind =
  /** a newer write of the same plan is there */
  | 'FenceRefused'
  /** the object belongs to another plan */
  | 'ClaimRefused'
  /** somebody else changed what we wrote or were about to replace */
  | 'Drift'
  /** the saved state of the rollout is not there */
  | 'SnapshotMissing'
  /** it is there, and is not what was saved */
  | 'SnapshotChanged';

export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly kind: RefusalKind;
  /** Of `FenceRefused`: what the object carries. */
  readonly stored: Fence | undefined;

  constructor(kind: RefusalKind, message: string, stored?: Fence) {
    super(message);
    this.kind = kind;
    this.stored = stored;
  }
}
