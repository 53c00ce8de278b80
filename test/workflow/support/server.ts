/** The Temporal server of the workflow tier: its own, on a free port, without a lab. */
import { builtPath, isBuilt } from '../../../lab/build/cache.ts';
import { findOnPath } from '../../../lab/build/find-on-path.ts';
import { MANIFEST } from '../../../lab/build/manifest.ts';
import { SEARCH_ATTRIBUTES } from '../../../src/contract/ids.ts';
import { TemporalServer } from '../../support/temporal-server.ts';

/** What the lab has built, or else a `temporal` on the PATH. */
function temporalProgram(): string {
  const built = MANIFEST.find(({ name }) => name === 'temporal');
  const program = built && isBuilt(built) ? builtPath(built) : findOnPath('temporal');
  if (program) return program;
  throw new Error(
    "workflow tests need Temporal's development server: put `temporal` on the PATH, or build the lab's programs (npm run lab -- up)",
  );
}

/** Vitest's global setup. @returns its teardown */
export default async function startTemporal(): Promise<() => Promise<void>> {
  const server = await TemporalServer.start({ program: temporalProgram(), attributes: SEARCH_ATTRIBUTES });
  // a person's own connection is none of these tests' business
  for (const name of Object.keys(process.env)) if (name.startsWith('TEMPORAL_')) delete process.env[name];
  process.env.TEMPORAL_ADDRESS = server.address;
  return () => server.remove();
}
