/** The operator's file of workers in the lab. */
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Written once per lab, with a key of its own beside it. @param dir run folder of the lab @returns its path */
export function workerInstallation(dir: string): string {
  const folder = join(dir, 'installation');
  const file = join(folder, 'sluice.yaml');
  if (existsSync(file)) return file;
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'revision-key'), randomBytes(32).toString('base64'), { mode: 0o600 });
  const sections = {
    addressesInPlans: 'any',
    revisionKeys: [{ kid: 'lab', key: { file: 'revision-key' } }],
  };
  writeFileSync(file, JSON.stringify({ apiVersion: 'sluice.dev/v1alpha1', kind: 'Installation', ...sections }));
  return file;
}
