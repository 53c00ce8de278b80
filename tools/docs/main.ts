/** `npm run docs`: writes docs/reference and the CRD from the schema of plans, the program and its exit codes, the table of next steps, and the chart's copies. */
import { mkdir, writeFile } from 'node:fs/promises';
import { planCrd } from '../crd/crd.ts';
import { chartFiles } from './chart.ts';
import { nextStepTable } from './next-step.ts';
import { referenceFiles } from './reference.ts';

for (const [name, text] of Object.entries(referenceFiles()))
  await writeFile(new URL(`../../docs/reference/${name}`, import.meta.url), text);

await writeFile(new URL('../../docs/architecture/next-step.md', import.meta.url), nextStepTable());
await writeFile(new URL('../../deploy/crds/rolloutplans.yaml', import.meta.url), planCrd());

for (const [path, text] of Object.entries(chartFiles())) {
  const file = new URL(`../../deploy/chart/files/${path}`, import.meta.url);
  await mkdir(new URL('.', file), { recursive: true });
  await writeFile(file, text);
}
