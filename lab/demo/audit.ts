/** Keeps the audit of every rollout as a file, since Temporal's history goes when the lab goes. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LabState } from '../index.ts';
import type { Sluice } from '../story/index.ts';
import { NAMESPACE } from './app.ts';

interface Listed {
  rollout?: string;
  runId: string;
}

/** @returns path of each file */
export async function keepAudits(lab: LabState, sluice: Sluice): Promise<string[]> {
  const listed = JSON.parse(await sluice.cli('list', '-n', NAMESPACE, '-o', 'json')) as Listed[];
  const named = listed
    .filter(({ rollout }) => rollout)
    .sort((a, b) => (a.rollout ?? '').localeCompare(b.rollout ?? ''));
  return Promise.all(
    named.map(async ({ rollout, runId }) => {
      const file = join(lab.dir, `audit-${rollout}.txt`);
      writeFileSync(file, await sluice.cli('audit', `${NAMESPACE}/reviews`, '--rollout', runId));
      return file;
    }),
  );
}
