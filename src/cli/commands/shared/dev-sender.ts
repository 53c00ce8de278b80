import { randomBytes } from 'node:crypto';
import type { DeploySender } from '../../../installation/index.ts';
import { keptSecret } from '../../server/dev-authority.ts';

/** The sender of `sluice dev`, with a secret of its own. */
export async function devSender(stateDir?: string): Promise<{ sender: DeploySender; file: string }> {
  const { defaultStateDir } = await import('../../temporal/development-server.ts');
  const fresh = () => `whsec_${randomBytes(32).toString('base64')}`;
  const { file } = await keptSecret(stateDir ?? defaultStateDir(), 'webhook-secret', fresh);
  const signature = { preset: 'standard-webhooks' as const, secrets: [{ file }] };
  return { sender: { name: 'dev', plans: ['*/*'], signature }, file };
}
