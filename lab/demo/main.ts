/**
 * `npm run demo`: a good version and a bad one go through the whole checklist on a real mesh, while users' requests flow.
 * This process stays outside: it starts the lab, lets `inside.ts` tell the story in there, and takes everything down.
 * One file here per thing the story needs; nothing in src/ knows of it.
 */
import { Command, InvalidArgumentError } from 'commander';
import { LabError } from '../index.ts';
import { runDemo } from './outside.ts';

interface Options {
  hostile?: boolean;
  zero?: boolean;
  keep?: boolean;
  name: string;
  aborts: number;
  rest: number;
}

const program = new Command('demo')
  .description(
    'A signed event carries reviews:v2 through the checklist; reviews:v3-err30 is stopped. About three minutes.',
  )
  .option('--hostile', 'instead: a canary turns bad, the worker dies, writes are refused, the API server goes away')
  .option(
    '--zero',
    'instead: no process of Sluice runs but while something is due; a rollout through many lives of the worker',
  )
  .option('--aborts <n>', 'with --zero: how many aborts find no worker', upTo(100), 1)
  .option('--rest <seconds>', 'with --zero: how long it is watched at the end that nothing runs', upTo(3_600), 15)
  .option('--keep', 'leave the lab, server, worker and app up, and say where they answer')
  .option('--name <lab>', 'lab to run in; must not be up yet', 'demo')
  .addHelpText(
    'after',
    '\nExit codes: 0 it went as it should (but with --hostile: no user noticed), 1 not so, 130 interrupted.\n' +
      'The first run builds Kubernetes, Istio and the rest from source: 15 to 20 minutes on two cores.',
  );

function upTo(most: number): (text: string) => number {
  return (text) => {
    const number = Number(text);
    if (Number.isInteger(number) && number >= 1 && number <= most) return number;
    throw new InvalidArgumentError(`Write a whole number from 1 to ${most}.`);
  };
}

const interrupt = new AbortController();
// A second Ctrl-C must not leave half a lab behind, so the handlers stay.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => interrupt.abort());

try {
  const { hostile, zero, keep = false, name, aborts, rest } = program.parse().opts<Options>();
  const story = zero ? 'zero' : hostile ? 'hostile' : 'usual';
  process.exitCode = await runDemo({ story, keep, name, aborts, rest, signal: interrupt.signal });
} catch (error) {
  if (!(error instanceof LabError)) throw error;
  console.error(`demo: ${error.message}`);
  for (const line of error.details) console.error(`  ${line}`);
  process.exitCode = error.exitCode;
}
