#!/usr/bin/env node
// In the package the program is JavaScript in dist; in the repository it is TypeScript, run with all that the repository brings.
import { existsSync } from 'node:fs';
import { isFitting, NEEDED } from './needed-node.mjs';

const launcher = new URL('../tools/run.mjs', import.meta.url);

if (existsSync(launcher)) {
  process.argv.splice(2, 0, 'src/cli/main.ts');
  await import(launcher.href);
} else if (isFitting) {
  await import(new URL('../dist/cli/main.js', import.meta.url).href);
} else {
  console.error(`${NEEDED}.`);
  process.exit(1);
}
