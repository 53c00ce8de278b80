import type { KubeClient } from '../../kubernetes/client/client.ts';
import { allContainers } from '../../kubernetes/objects/canonical.ts';
import type { Deployment } from '../../kubernetes/objects/deployments.ts';
import { isReady, listPods, type Pod } from '../../kubernetes/objects/pods.ts';
import type { RolloutSnapshot } from '../../kubernetes/writes/snapshot.ts';
import { formatImage, type ImageReference, imageName, parseImage } from '../../plan/image.ts';

/**
 * What the canary's pods run, by its digest: the tag may have been moved since it was tested (order rule 5).
 * @param canary absent: it does not have the revision any more
 */
export async function testedImage(
  client: KubeClient,
  { plan, revision: { image }, newTemplate }: RolloutSnapshot,
  canary: Deployment | undefined,
): Promise<{ image: string; warning?: string }> {
  const wanted = parseImage(image);
  if (!wanted || wanted.digest) return { image };
  const pods = canary ? await listPods(client, canary) : [];
  const ready = pods.filter((pod) => isReady(pod) && !pod.metadata.deletionTimestamp);
  const names = allContainers(newTemplate).flatMap((one) => (one.image === image ? [one.name] : []));
  const [digest, ...others] = new Set(ready.flatMap((pod) => names.map((name) => digestOf(pod, name, wanted))));
  if (digest && others.length === 0) return { image: formatImage({ ...wanted, digest }) };
  const warning = `the ready pods of ${plan.workload.canary} do not report one digest of ${wanted.name}, so the primary gets ${image} by its tag, which may have been moved since the test`;
  return { image, warning };
}

/** containerd and CRI-O: `docker.io/library/reviews@sha256:…`; Docker puts `docker-pullable://` before it. */
function digestOf(pod: Pod, container: string, wanted: ImageReference): string | undefined {
  const { containerStatuses = [], initContainerStatuses = [] } = pod.status ?? {};
  const status = [...containerStatuses, ...initContainerStatuses].find(({ name }) => name === container);
  const runs = parseImage(status?.imageID?.replace(/^[a-z-]+:\/\//, '') ?? '');
  return runs && imageName(runs) === imageName(wanted) ? runs.digest : undefined;
}
