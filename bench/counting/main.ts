/**
 * `npm run counting`: verdicts on counters that come, go, begin again and arrive late, against what was counted where they were made up. A real
 * store holds them; the product's own sampler and judge read it on a clock that is set.
 */
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Command, Option } from 'commander';
import { Prometheus } from '../../src/metrics/prometheus.ts';
import { KINDS } from './kinds.ts';
import { measure, type Product, type VerdictTally } from './measure.ts';
import { Store, type StoreKind } from './store.ts';

interface Flags {
  intervals: string;
  only: string;
  store: StoreKind;
  program?: string;
  of: string;
}

const {
  intervals,
  only,
  store: kindOfStore,
  program = kindOfStore,
  of,
} = new Command('counting')
  .description('Wrong verdicts of check intervals on counters that come and go.')
  .option('--intervals <n>', 'of each kind', '200')
  .option('--only <text>', 'kinds with this in their name', '')
  .addOption(
    new Option('--store <kind>', 'who holds the counters')
      .choices(['prometheus', 'victoriametrics'])
      .default('prometheus'),
  )
  .option('--program <file>', 'its program (default: its name, on the PATH)')
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
const store = await Store.start(kindOfStore, program);
const client = new Prometheus(store.url, { timeoutMs: 60_000 });
const tallies: VerdictTally[] = [];
try {
  const beginMs = Date.now() - 30 * 60_000;
  for (const kind of KINDS.filter(({ name }) => name.includes(only))) {
    const tally = await measure(product, { client, store }, kind, { intervals: Number(intervals), beginMs });
    tallies.push(tally);
    const { example, kind: name, ...numbers } = tally;
    console.log(name.padEnd(34), JSON.stringify(numbers), example ?? '');
  }
} finally {
  await client.close();
  await store.stop();
}
process.exitCode = tallies.every(({ wrong }) => wrong === 0) ? 0 : 1;
