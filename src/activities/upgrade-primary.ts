/** Checklist line 14: the primary gets exactly the revision that was tested. */

import type { ClusterActivities, UpgradeInput, UpgradeResult } from '../contract/activities.ts';
import type { KubeClient } from '../kubernetes/client/client.ts';
import { activity } from './support/activity.ts';
import { writeVersion } from './support/primary-version.ts';

export function createUpgradePrimary({ client }: { client: KubeClient }): ClusterActivities['upgradePrimary'] {
  return activity((input, { signal }) => upgradePrimary(client, input, signal));
}

export function upgradePrimary(client: KubeClient, input: UpgradeInput, signal?: AbortSignal): Promise<UpgradeResult> {
  return writeVersion(client, input, 'new', signal);
}
