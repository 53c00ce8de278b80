/** Programs that tests run without a lab. */
import { builtPath, isBuilt } from '../../lab/build/cache.ts';
import { findOnPath } from '../../lab/build/find-on-path.ts';
import { MANIFEST } from '../../lab/build/manifest.ts';

/** What the lab has built, or else the one on the PATH. @throws when there is none, with what to do */
export function builtProgram(name: string): string {
  const built = MANIFEST.find((part) => part.name === name);
  const program = built && isBuilt(built) ? builtPath(built) : findOnPath(name);
  if (program) return program;
  throw new Error(`these tests need ${name}: put it on the PATH, or build the lab's programs (npm run lab -- up)`);
}
