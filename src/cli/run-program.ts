import { type Command, CommanderError } from 'commander';
import { CliError } from './errors.ts';
import { EXIT } from './exit-codes.ts';
import { clean } from './render/text.ts';

/** Parses and runs; every error becomes one line, a hint and an exit code. */
export async function runProgram(program: Command): Promise<void> {
  // A reader that goes away (`| head`) is no error.
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EPIPE') process.exit(EXIT.ok);
      throw error;
    });
  }
  try {
    await program.parseAsync();
  } catch (error) {
    process.exitCode = report(error);
  }
}

function report(error: unknown): number {
  // Commander has said it already; its only exits without an error are help and version.
  if (error instanceof CommanderError)
    return error.exitCode === 0 || error.code === 'commander.help' ? helpCode(error) : EXIT.usage;
  if (error instanceof CliError) {
    say(`error: ${error.message}`);
    if (error.hint) say(error.hint);
    return error.code;
  }
  say(`unexpected error: ${error instanceof Error ? error.message : String(error)}`);
  if (process.env.SLUICE_DEBUG && error instanceof Error) process.stderr.write(`${error.stack}\n`);
  return EXIT.unexpected;
}

/** `sluice` alone prints help as an error; `sluice --help` as what was asked for. */
function helpCode(error: CommanderError): number {
  return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
}

function say(text: string): void {
  for (const line of text.split('\n')) process.stderr.write(`${clean(line)}\n`);
}
