/** Writes that we do not make because somebody else's come first. No retry mends them. */

export type RefusalKind =
  /** a newer write of the same plan is there */
  | 'FenceRefused'
  /** the object belongs to another plan */
  | 'ClaimRefused'
  /** the object was deleted and made anew: it is another one */
  | 'Recreated'
  /** somebody else changed what we wrote or were about to replace */
  | 'Drift'
  /** the saved state of the rollout is not there */
  | 'SnapshotMissing'
  /** it is there, and is not what was saved */
  | 'SnapshotChanged';

export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly kind: RefusalKind;
  /** Of `FenceRefused`: the `Fence` that the object carries; of `Recreated`: the `Uids` of what is there now. */
  readonly detail: object | undefined;

  constructor(kind: RefusalKind, message: string, detail?: object) {
    super(message);
    this.kind = kind;
    this.detail = detail;
  }
}
