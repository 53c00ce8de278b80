/** An error meant for the person at the terminal: its message is complete, no stack needed. */
export class LabError extends Error {
  override name = 'LabError';
  /** Further lines for the terminal: log lines, what to do. */
  readonly details: readonly string[];

  constructor(message: string, details: readonly string[] = []) {
    super(message);
    this.details = details;
  }
}

/** The text of anything thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
