/**
 * Runs a program of this repository with all that it needs: `node tools/run.mjs src/cli/main.ts …`, or the name of an installed
 * one: `node tools/run.mjs biome …`. What is missing is installed first. Plain JavaScript that any Node from 18 on runs.
 */
import { realpathSync } from 'node:fs';
import { runMain } from 'node:module';
import { delimiter, dirname, extname, join } from 'node:path';
import { keepCompiled } from './launch/compile-cache.mjs';
import { handOver } from './launch/hand-over.mjs';
import { installUnlessThere } from './launch/install.mjs';
import { fittingNode } from './launch/node.mjs';
import { ROOT } from './launch/root.mjs';

const [name, ...args] = process.argv.slice(2);
const node = await fittingNode();
// What the program starts by the name of `node` is the same one.
process.env.PATH = [dirname(node), process.env.PATH].join(delimiter);
await installUnlessThere(ROOT, 'the packages of this repository');
keepCompiled(join(ROOT, 'node_modules', '.cache', 'compiled'));
const file = extname(name) ? join(ROOT, name) : realpathSync(join(ROOT, 'node_modules', '.bin', name));

if (node === process.execPath) {
  process.argv.splice(1, 2, file);
  runMain();
} else {
  await handOver(node, [file, ...args]);
}
