/** The tiers of tests, and which of the commands runs each. */
import { globSync } from 'node:fs';
import { join } from 'node:path';

export type TierName =
  | 'checks'
  | 'unit'
  | 'replay'
  | 'model'
  | 'extras'
  | 'workflow'
  | 'package'
  | 'lab'
  | 'faults'
  | 'examples';

export interface Tier {
  name: TierName;
  about: string;
  /** `node`: part of `npm test`, needs Node alone; `real`: part of `npm run test:lab`. */
  suite: 'node' | 'real';
  /** Vitest's project of this name runs its files. */
  vitest: boolean;
  /** Where they are; a folder of extras may be gone. */
  files: string;
  /** Runs among the lab's own processes. */
  inside: boolean;
}

const ROOT = join(import.meta.dirname, '..', '..');

export const TIERS: readonly Tier[] = [
  tier('checks', 'node', 'what can be said without running anything', { vitest: false }),
  tier('unit', 'node', 'single parts'),
  tier('replay', 'node', 'stored histories on the code of today'),
  tier('model', 'node', 'the workflow on a model of a cluster, on a clock that jumps'),
  tier('extras', 'node', 'packages beside the core', { files: 'extras/*/test/**/*.test.ts' }),
  tier('workflow', 'real', 'the workflow on a real Temporal server, with fake activities', {
    files: '{test,extras/*}/workflow/**/*.test.ts',
  }),
  tier('package', 'real', 'the package, packed and installed'),
  tier('lab', 'real', 'rollouts with real traffic', { inside: true }),
  tier('faults', 'real', 'the fault table', { vitest: false, inside: true }),
  tier('examples', 'real', 'npm run example -- all', { vitest: false }),
];

function tier(name: TierName, suite: Tier['suite'], about: string, more: Partial<Tier> = {}): Tier {
  return { name, about, suite, vitest: true, files: `test/${name}/**/*.test.ts`, inside: false, ...more };
}

/** Test files of a tier, relative to the repository, in order. */
export function filesOf({ files, vitest }: Tier): string[] {
  if (!vitest) return [];
  return globSync(files, { cwd: ROOT, exclude: ['**/node_modules/**'] }).sort();
}
