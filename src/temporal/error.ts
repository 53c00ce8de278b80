/** Why Temporal cannot be used, in one line without secrets. */
export class ConnectionError extends Error {
  /** What would be right, where that is known. */
  readonly hint?: string;
  /** Temporal, or what stands before it, does not let this caller in. */
  readonly refused: boolean;

  constructor(message: string, { hint, refused = false }: { hint?: string; refused?: boolean } = {}) {
    super(message);
    this.name = 'ConnectionError';
    this.hint = hint;
    this.refused = refused;
  }
}
