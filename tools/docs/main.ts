/** `npm run docs`: writes docs/reference from the schema of plans, the program and its exit codes. */
import { writeFile } from 'node:fs/promises';
import { referenceFiles } from './reference.ts';

for (const [name, text] of Object.entries(referenceFiles()))
  await writeFile(new URL(`../../docs/reference/${name}`, import.meta.url), text);
