/** What a person asks of the test commands. */
import { parseArgs } from 'node:util';
import { filesOf, TIERS, type Tier } from './tiers.ts';

const WIDTH = Math.max(...TIERS.map(({ name }) => name.length)) + 2;

export const HELP = `npm test [-- OPTIONS] [FILTER…]            what needs Node alone
npm run test:watch [-- FILTER…]            the unit tests of what changes
npm run test:lab [-- OPTIONS] [FILTER…]    what needs real parts: the gate of a merge
npm run test:all [-- OPTIONS] [FILTER…]    everything there is; a second call goes on where the first ended

FILTER picks test files by part of their path.

  --only TIERS   comma-separated, instead of those of the command
  --fresh        with test:all: forget what ran before
  --name LAB     name of the lab (default: test)
  --keep         leave the lab up; one that was up before is always left
  --help         this text

${TIERS.map(({ name, suite, about }) => `  ${name.padEnd(WIDTH)}${suite === 'node' ? 'npm test        ' : 'npm run test:lab'}  ${about}`).join('\n')}

Exit codes: 0 all passed, 1 not so, 2 wrong options, 130 interrupted.
`;

export interface TestOptions {
  tiers: Tier[];
  /** Parts of paths; empty: all files. */
  filters: string[];
  /** Repeats of claims too, and every row of the fault table; results are kept. */
  everything: boolean;
  fresh: boolean;
  lab: string;
  keep: boolean;
}

export interface TestWatchOptions {
  watch: string[];
}

/** Options that cannot be, in words for who typed them. */
export class WrongOptions extends Error {}

/** @returns undefined when help is wanted @throws WrongOptions */
export function readOptions(args: readonly string[]): TestOptions | TestWatchOptions | undefined {
  const { flags, filters } = parse(args);
  if (flags.help) return undefined;
  if (flags.watch) return { watch: filters };
  if (flags.fresh && !flags.all) throw new WrongOptions('--fresh goes with test:all: nothing else keeps results');
  const asked = flags.only === undefined ? ofCommand(flags) : named(flags.only);
  const tiers = filters.length > 0 ? matching(asked, filters) : asked;
  return { tiers, filters, everything: flags.all, fresh: flags.fresh, lab: flags.name, keep: flags.keep };
}

function parse(args: readonly string[]) {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        lab: { type: 'boolean', default: false },
        all: { type: 'boolean', default: false },
        watch: { type: 'boolean', default: false },
        only: { type: 'string' },
        fresh: { type: 'boolean', default: false },
        name: { type: 'string', default: 'test' },
        keep: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
    return { flags: values, filters: positionals };
  } catch (error) {
    throw new WrongOptions((error as Error).message);
  }
}

function ofCommand({ lab, all }: { lab: boolean; all: boolean }): Tier[] {
  return TIERS.filter(({ suite }) => all || suite === (lab ? 'real' : 'node'));
}

function named(only: string): Tier[] {
  const names = only.split(',').filter(Boolean);
  const known = TIERS.map(({ name }) => name as string);
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined || names.length === 0)
    throw new WrongOptions(`no tier is called "${unknown ?? ''}"; there are ${known.join(', ')}`);
  return TIERS.filter(({ name }) => names.includes(name));
}

/** Files of a tier that the filters leave. */
export function chosenFiles(tier: Tier, filters: readonly string[]): string[] {
  return filesOf(tier).filter((file) => filters.length === 0 || filters.some((filter) => file.includes(filter)));
}

function matching(asked: readonly Tier[], filters: readonly string[]): Tier[] {
  const found = asked.filter((tier) => chosenFiles(tier, filters).length > 0);
  if (found.length > 0) return found;
  const elsewhere = TIERS.filter((tier) => chosenFiles(tier, filters).length > 0).map(({ name }) => name);
  const names = asked.map(({ name }) => name).join(', ');
  const hint = elsewhere.length > 0 ? `; --only ${elsewhere.join(',')} would find some` : '';
  throw new WrongOptions(
    `no test file of ${names} has ${filters.map((filter) => `"${filter}"`).join(' or ')} in its path${hint}`,
  );
}
