/** An error meant for the person at the terminal: its message is complete, no stack needed. */
export class LabError extends Error {
  override name = 'LabError';
  /** Further lines for the terminal: log lines, what to do. */
  readonly details: readonly string[];
  /** What the command line ends with. */
  readonly exitCode: number;

  constructor(message: string, details: readonly string[] = [], exitCode = 1) {
    super(message);
    this.details = details;
    this.exitCode = exitCode;
  }
}

/** Exit code of every command that needs a lab which is not up. */
export const NOT_UP = 5;

/** The text of anything thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
