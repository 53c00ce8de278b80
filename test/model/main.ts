/**
 * Counts what breaks in a world that hurts: `node tools/run.mjs test/model/main.ts 1-300`. One line per kind of violation, with the
 * seeds that show it first. Exit codes: 0 nothing breaks, 1 something does, 2 no seeds.
 */
import { Argument, Command, InvalidArgumentError } from 'commander';
import { HOSTILE, hostileOf } from './hostile.ts';
import { type Played, play } from './play.ts';
import { Sandboxes } from './sandboxes.ts';
import { seedsToPlay } from './seeds.ts';

const SHOWN_SEEDS = 8;

const [seeds] = new Command('main.ts')
  .description('Plays scripts in a world that hurts and counts by kind what breaks.')
  .addArgument(
    new Argument('[seeds]', 'one, or the first and last').default(seedsToPlay(300), '1-300').argParser(readSeeds),
  )
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2))
  .parse().processedArgs as [number[]];
const kinds = new Map<string, number[]>();
const sandboxes = await Sandboxes.load();
let broken = 0;

function readSeeds(text: string): number[] {
  try {
    return seedsToPlay(0, text);
  } catch (error) {
    throw new InvalidArgumentError((error as Error).message);
  }
}

/** Without the numbers and names that differ from one seed to the next. */
function kindOf({ invariant, what }: Played['violations'][number]): string {
  const general = what
    .replace(/reviews:v\d+/g, 'V')
    .replace(/shop-\d+/g, 'the rollout')
    .replace(/\d+(\.\d+)?/g, 'n');
  return `${invariant} ${general}`.slice(0, 110);
}

for (const seed of seeds) {
  const { violations } = await play(sandboxes, hostileOf(seed), HOSTILE);
  if (violations.length > 0) broken += 1;
  for (const kind of new Set(violations.map(kindOf))) kinds.set(kind, [...(kinds.get(kind) ?? []), seed]);
  if (process.stderr.isTTY) process.stderr.write(`\r${seed}: ${broken} broken `);
}

for (const [kind, where] of [...kinds].sort(([, a], [, b]) => b.length - a.length))
  console.log(`${String(where.length).padStart(4)}  ${kind}  [${where.slice(0, SHOWN_SEEDS).join(' ')}]`);
console.log(`${broken} of ${seeds.length} seeds break an invariant`);
process.exitCode = broken > 0 ? 1 : 0;
