/** The operator's file of a lab: one sender, for the plans of all namespaces, and addresses of Prometheus in plans. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Who sends deploy events in a lab; its secret, `whsec_…`, is in {@link SENDER_SECRET} of the server. */
export const SENDER = 'ci';
export const SENDER_SECRET = 'CI_SECRET';

const TEXT = `apiVersion: sluice.dev/v1alpha1
kind: Installation
addressesInPlans: any
senders:
  - name: ${SENDER}
    plans: ["*/*"]
    signature: { preset: standard-webhooks, secrets: [{ env: ${SENDER_SECRET} }] }
`;

/** @returns the path of the file */
export function writeInstallation(dir: string): string {
  const file = join(dir, 'sluice.yaml');
  writeFileSync(file, TEXT);
  return file;
}
