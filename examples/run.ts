/**
 * `npm run example -- NAME`: one document on the lab, first by hand with its own files, then by Sluice. This process stays
 * outside: it starts the lab, lets `inside.ts` tell the example in there, and takes everything down. Each example is a
 * folder here with its files and a `story.ts`; what they share lives in `support/`.
 */
import { join } from 'node:path';
import { Argument, Command } from 'commander';
import { LabError } from '../lab/index.ts';
import { runStory, say } from '../lab/story/index.ts';
import { EXAMPLES } from './all.ts';

const names = EXAMPLES.map(({ name }) => name);
const program = new Command('example')
  .description('Shows one document on the lab: first its own files applied by hand, then Sluice doing the same.')
  .addArgument(new Argument('<name>', 'which one; all: one after the other in one lab').choices([...names, 'all']))
  .option('--keep', 'leave the lab and what the last example brought up')
  .option('--name <lab>', 'lab to run in; must not be up yet', 'example')
  .addHelpText('after', `\n${EXAMPLES.map(({ name, about }) => `  ${name.padEnd(18)}${about}`).join('\n')}\n`)
  .addHelpText('after', 'Exit codes: 0 everything arrived as the document says, 1 not so, 130 interrupted.');

const interrupt = new AbortController();
// A second Ctrl-C must not leave half a lab behind, so the handlers stay.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => interrupt.abort());

try {
  program.parse();
  const [name = ''] = program.args;
  const { keep = false, name: lab } = program.opts<{ keep?: boolean; name: string }>();
  process.exitCode = await runStory({
    command: `npm run example -- ${name}`,
    lab,
    keep,
    script: join(import.meta.dirname, 'inside.ts'),
    args: name === 'all' ? names : [name],
    kept: async () => {
      say(`\nThe lab stays up.  npm run lab -- --name ${lab} shell   looks around in it`);
      say(`                   npm run lab -- --name ${lab} down    ends it`);
    },
    signal: interrupt.signal,
  });
} catch (error) {
  if (!(error instanceof LabError)) throw error;
  console.error(`example: ${error.message}`);
  for (const line of error.details) console.error(`  ${line}`);
  process.exitCode = error.exitCode;
}
