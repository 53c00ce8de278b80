import { EXIT, type ExitCode } from './exit-codes.ts';

/** An expected end of the program: printed as `message`, then `hint`, without a stack. */
export class CliError extends Error {
  readonly code: ExitCode;
  /** The next thing to do or look at. */
  readonly hint?: string;

  constructor(code: ExitCode, message: string, hint?: string) {
    super(message);
    this.name = 'CliError';
    this.code = code;
    this.hint = hint;
  }
}

/** What to say of a file that was named and cannot be read. */
export function unreadable(file: string, error: NodeJS.ErrnoException): CliError {
  if (error.code === 'ENOENT') return new CliError(EXIT.notFound, `there is no file ${file}`);
  return new CliError(EXIT.usage, `cannot read ${file}: ${error.code ?? error.message}`);
}
