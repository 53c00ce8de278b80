import type { MirrorClusterActivities } from '../../contract/mirror-activities.ts';
import type { KubeClient } from '../../kubernetes/client/client.ts';
import { inspectMirror, writeMirror } from '../../routers/mirror/index.ts';
import { activity } from '../support/activity.ts';

/** Looks at a mirror's route and target before anything is written. */
export function createInspectMirror({ client }: { client: KubeClient }): MirrorClusterActivities['inspectMirror'] {
  return activity(({ spec }, { signal }) => inspectMirror(client, spec, signal));
}

/** Brings a mirror on, or everything of it away, fenced. */
export function createWriteMirror({ client }: { client: KubeClient }): MirrorClusterActivities['writeMirror'] {
  return activity((input, { signal }) => writeMirror(client, input, signal));
}
