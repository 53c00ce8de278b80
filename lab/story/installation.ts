/** The operator's file of a lab: one sender, for the plans of all namespaces, addresses of Prometheus in plans, and a revision key. */
import { randomBytes } from 'node:crypto';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Who sends deploy events in a lab; its secret, `whsec_…`, is in {@link SENDER_SECRET} of the server. */
export const SENDER = 'ci';
export const SENDER_SECRET = 'CI_SECRET';

const TEXT = `apiVersion: sluice.dev/v1alpha1
kind: Installation
addressesInPlans: any
revisionKeys: [{ kid: lab, key: { file: revision-key } }]
senders:
  - name: ${SENDER}
    plans: ["*/*"]
    signature: { preset: standard-webhooks, secrets: [{ env: ${SENDER_SECRET} }] }
`;

/** For server and workers; the key beside it is made once. @returns the path of the file */
export function writeInstallation(dir: string): string {
  const [file, key] = [join(dir, 'sluice.yaml'), join(dir, 'revision-key')];
  if (!existsSync(key)) writeFileSync(key, randomBytes(32).toString('base64'), { mode: 0o600 });
  writeFileSync(file, TEXT);
  return file;
}
