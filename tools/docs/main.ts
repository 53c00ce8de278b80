/** `npm run docs`: writes docs/reference from the schema of plans, the program and its exit codes, and the table of next steps. */
import { writeFile } from 'node:fs/promises';
import { nextStepTable } from './next-step.ts';
import { referenceFiles } from './reference.ts';

for (const [name, text] of Object.entries(referenceFiles()))
  await writeFile(new URL(`../../docs/reference/${name}`, import.meta.url), text);

await writeFile(new URL('../../docs/architecture/next-step.md', import.meta.url), nextStepTable());
