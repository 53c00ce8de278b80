/** Which Node runs the repository: the one that runs already, or the one that tools/node has locked. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { isFitting, NEEDED } from '../../bin/needed-node.mjs';
import { fail } from './fail.mjs';
import { installUnlessThere } from './install.mjs';
import { ROOT } from './root.mjs';

const BROUGHT = join(ROOT, 'tools', 'node');

/** @returns path of a Node that is new enough; ends the process where there is none */
export async function fittingNode() {
  if (isFitting) return process.execPath;
  const node = join(BROUGHT, 'node_modules', '.bin', 'node');
  // npm leaves out silently what does not fit this system or could not be fetched.
  await installUnlessThere(BROUGHT, `a newer Node than ${process.versions.node}`, node);
  if (existsSync(node)) return node;
  const system = `${process.platform} on ${process.arch}`;
  return fail(`${NEEDED}. npm had none for ${system}, or did not reach its registry: install one by hand.`);
}
