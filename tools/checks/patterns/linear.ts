import type { Pattern } from './find.ts';

/** Longest search for a text that takes long, ms; nothing found until then counts as none, as for what is found linear. */
const TIMEOUT_MS = 20_000;

/** What it tries at random is the same each time: with one seed of twelve it found a text for a pattern that V8 matches in linear time. */
const SEED = 1;

/** @returns why it may take longer than a time in proportion to its text; undefined: it does not */
export async function superLinear({ source, flags }: Pattern): Promise<string | undefined> {
  // its own JavaScript everywhere, not a program per system
  process.env.RECHECK_BACKEND = 'pure';
  const { checkSync } = await import('recheck');
  // an attack is over after so many steps, not after a time, which would be a busy machine's
  const inSteps = { attackTimeout: null, incubationTimeout: null };
  const found = checkSync(source, flags, { timeout: TIMEOUT_MS, randomSeed: SEED, ...inSteps });
  if (found.status === 'vulnerable') return found.complexity.summary;
  return found.status === 'unknown' && found.error.kind !== 'timeout' ? found.error.kind : undefined;
}
