/**
 * Entry of the command line: parses, runs, and turns every error into one line, a hint and an exit code.
 * `commands/` has one file per verb, `render/` is pure (a view in, lines out), `terminal/` draws and watches, `temporal/` asks and
 * prepares Temporal. Nothing here reaches a cluster or decides anything about a rollout.
 */
import { createProgram } from './program.ts';
import { runProgram } from './run-program.ts';

await runProgram(createProgram());
