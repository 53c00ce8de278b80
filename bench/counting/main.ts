/**
 * `npm run counting`: verdicts on counters that come, go, begin again and arrive late, against what was counted where they were made up. A real
 * Prometheus holds them; the product's own sampler and judge read it on a clock that is set.
 */
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Command } from 'commander';
import { Prometheus } from '../../src/metrics/index.ts';
import { KINDS } from './kinds.ts';
import { measure, type Product, type VerdictTally } from './measure.ts';
import { Store } from './store.ts';

interface Flags {
  intervals: string;
  only: string;
  prometheus: string;
  of: string;
}

const { intervals, only, prometheus, of } = new Command('counting')
  .description('Wrong verdicts of check intervals on counters that come and go.')
  .option('--intervals <n>', 'of each kind', '200')
  .option('--only <text>', 'kinds with this in their name', '')
  .option('--prometheus <file>', 'the program, 2.42 or newer', 'prometheus')
  .option(
    '--of <folder>',
    'the tree whose code is measured, for a before and after',
    join(import.meta.dirname, '../..'),
  )
  .addHelpText('after', '\nExit codes: 0 no verdict is wrong, 1 not so.')
  .parse()
  .opts<Flags>();

const load = (path: string) => import(pathToFileURL(join(resolve(of), 'src', path, 'index.ts')).href);
const product = { ...(await load('metrics')), ...(await load('judge')) } as Product;
const store = await Store.start(prometheus);
const client = new Prometheus(store.url, { timeoutMs: 60_000 });
const tallies: VerdictTally[] = [];
try {
  const beginMs = Date.now() - 30 * 60_000;
  for (const kind of KINDS.filter(({ name }) => name.includes(only))) {
    const tally = await measure(product, { client, url: store.url }, kind, { intervals: Number(intervals), beginMs });
    tallies.push(tally);
    const { example, kind: name, ...numbers } = tally;
    console.log(name.padEnd(34), JSON.stringify(numbers), example ?? '');
  }
} finally {
  await client.close();
  await store.stop();
}
process.exitCode = tallies.every(({ wrong }) => wrong === 0) ? 0 : 1;
