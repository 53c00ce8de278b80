/**
 * Counts what breaks in a world that hurts: `node tools/run.mjs test/model/main.ts 1-300`. One line per kind of violation, with the
 * seeds that show it first. Exit codes: 0 nothing breaks, 1 something does.
 */
import { hostileOf } from './hostile.ts';
import { type Played, play } from './play.ts';
import { Sandboxes } from './sandboxes.ts';
import { seedsToPlay } from './seeds.ts';

/** A plan's interval of 5 s and 30 s more. */
const STRANDED_MS = 35_000;
const LIMIT_MS = 12 * 3_600_000;
const SHOWN_SEEDS = 8;

const kinds = new Map<string, number[]>();
const seeds = seedsToPlay(300, process.argv[2] ?? '1-300');
const sandboxes = await Sandboxes.load();
let broken = 0;

/** Without the numbers and names that differ from one seed to the next. */
function kindOf({ invariant, what }: Played['violations'][number]): string {
  const general = what
    .replace(/reviews:v\d+/g, 'V')
    .replace(/shop-\d+/g, 'the rollout')
    .replace(/\d+(\.\d+)?/g, 'n');
  return `${invariant} ${general}`.slice(0, 110);
}

for (const seed of seeds) {
  const { violations } = await play(sandboxes, hostileOf(seed), { strandedMs: STRANDED_MS, limitMs: LIMIT_MS });
  if (violations.length > 0) broken += 1;
  for (const kind of new Set(violations.map(kindOf))) kinds.set(kind, [...(kinds.get(kind) ?? []), seed]);
  if (process.stderr.isTTY) process.stderr.write(`\r${seed}: ${broken} broken `);
}

for (const [kind, where] of [...kinds].sort(([, a], [, b]) => b.length - a.length))
  console.log(`${String(where.length).padStart(4)}  ${kind}  [${where.slice(0, SHOWN_SEEDS).join(' ')}]`);
console.log(`${broken} of ${seeds.length} seeds break an invariant`);
process.exitCode = broken > 0 ? 1 : 0;
