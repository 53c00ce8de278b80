/** Checklist line 14: the primary gets exactly the revision that was tested. */

import type { UpgradeInput, UpgradeResult } from '../contract/activities.ts';
import type { KubeClient } from '../kubernetes/client/client.ts';
import { writeVersion } from './support/primary-version.ts';

export function upgradePrimary(client: KubeClient, input: UpgradeInput): Promise<UpgradeResult> {
  return writeVersion(client, input, 'new');
}
