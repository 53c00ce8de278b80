/** Writes that we do not make because somebody else's come first. No retry mends them. */

export type RefusalKind =
  /** a newer write of the same plan is there */
  | 'FenceRefused'
  /** the object belongs to another plan */
  | 'ClaimRefused'
  /** somebody else changed what we wrote or were about to replace */
  | 'Drift'
  /** the saved state of the rollout is not there */
  | 'SnapshotMissing';

export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly kind: RefusalKind;

  constructor(kind: RefusalKind, message: string) {
    super(message);
    this.kind = kind;
  }
}
