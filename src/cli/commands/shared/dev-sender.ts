import { randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { DeploySender } from '../../../installation/index.ts';

/** The sender of `sluice dev`: its secret is made once and kept beside Temporal's database; it is never printed. */
export async function devSender(stateDir?: string): Promise<{ sender: DeploySender; file: string }> {
  const { defaultStateDir } = await import('../../temporal/development-server.ts');
  const dir = stateDir ?? defaultStateDir();
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const file = resolve(join(dir, 'webhook-secret'));
  const fresh = `whsec_${randomBytes(32).toString('base64')}`;
  await writeFile(file, fresh, { mode: 0o600, flag: 'wx' }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
  const signature = { preset: 'standard-webhooks' as const, secrets: [{ file }] };
  return { sender: { name: 'dev', plans: ['*/*'], signature }, file };
}
