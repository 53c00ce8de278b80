/** `npm run tour`: the fastest look at Sluice. Node alone: no lab, no network, no Temporal. */
import { Command } from 'commander';
import { tellTour } from './story.ts';

const program = new Command('tour')
  .description('A rollout that was recorded on the lab, live; then its audit, and what becomes of one changed figure.')
  .option('--fast', 'wait for nothing')
  .addHelpText('after', '\nExit codes: 0 it went as it should, 1 not so, 130 interrupted.');

const { fast = false } = program.parse().opts<{ fast?: boolean }>();
const interrupt = new AbortController();
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => interrupt.abort());
const { signal } = interrupt;
// Ctrl-C waits for nothing
const stopped = new Promise<never>((_, reject) => signal.addEventListener('abort', reject));
const code = await Promise.race([tellTour(fast, signal), stopped]).then(
  () => 0,
  (error: Error) => {
    console.error(signal.aborted ? '\nStopped.' : `tour: ${error.message}`);
    return signal.aborted ? 130 : 1;
  },
);
// a replayer that came to no end would keep the process
process.stdout.write('', () => process.exit(code));
