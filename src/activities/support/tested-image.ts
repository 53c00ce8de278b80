import type { ReadyResult } from '../../contract/activities.ts';
import type { KubeClient } from '../../kubernetes/client/client.ts';
import type { Deployment } from '../../kubernetes/objects/deployments.ts';
import { allContainers, type PodTemplate } from '../../kubernetes/objects/pod-template.ts';
import { isReady, listPods, type Pod } from '../../kubernetes/objects/pods.ts';
import type { RolloutSnapshot } from '../../kubernetes/writes/snapshot.ts';
import { formatImage, imageName, parseImage } from '../../plan/image.ts';

type Digests = NonNullable<Extract<ReadyResult, { ready: true }>['ran']>;

/** @param template names the images  @returns what ready pods run; empty for one that says no digest of the image's repository */
export async function runningDigests(client: KubeClient, of: Deployment, template: PodTemplate): Promise<Digests> {
  const pods = (await listPods(client, of)).filter((pod) => isReady(pod) && !pod.metadata.deletionTimestamp);
  const digests = (name: string, image: string) => [...new Set(pods.map((pod) => digestOf(pod, name, image)))];
  return Object.fromEntries(allContainers(template).map(({ name, image }) => [name, digests(name, image)]));
}

/**
 * What the canary's pods run, by its digest: the tag may have been moved since it was tested (order rule 5).
 * @param canary absent: it does not have the revision any more
 * @param before what its pods ran when they were first ready
 * @returns what the primary gets in the place of each image; `moved`: tags that led to several digests
 */
export async function testedImages(
  client: KubeClient,
  { plan, targets, newTemplate }: RolloutSnapshot,
  canary: Deployment | undefined,
  before: Digests = {},
) {
  const now = canary ? await runningDigests(client, canary, newTemplate) : {};
  const found = { images: new Map<string, string>(), warnings: [] as string[], moved: [] as string[] };
  const all = allContainers(newTemplate);
  // with `source: canary` all of the template is the canary's
  const own = plan.workload.source === 'canary' ? all : all.filter(({ name }) => targets.includes(name));
  for (const image of new Set(own.map((one) => one.image))) {
    const wanted = parseImage(image);
    if (!wanted || wanted.digest) continue;
    const names = all.filter((one) => one.image === image).map(({ name }) => name);
    const [digests, known] = [ofContainers(names, now), ofContainers(names, before, now).filter(Boolean)];
    if (known.length > 1) found.moved.push(`${image} (${known.join(', ')})`);
    const [digest] = digests;
    const warning = `the ready pods of ${plan.workload.canary} do not report one digest of ${wanted.name}, so the primary gets ${image} by its tag, which may have been moved since the test`;
    if (digest && digests.length === 1) found.images.set(image, formatImage({ ...wanted, digest }));
    else found.warnings.push(warning);
  }
  return found;
}

function ofContainers(names: readonly string[], ...digests: Digests[]): string[] {
  const all = digests.flatMap((some) => Object.entries(some));
  return [...new Set(all.flatMap(([name, found]) => (names.includes(name) ? found : [])))];
}

/** containerd and CRI-O: `docker.io/library/reviews@sha256:…`; Docker puts `docker-pullable://` before it. */
function digestOf(pod: Pod, container: string, image: string): string {
  const { containerStatuses = [], initContainerStatuses = [] } = pod.status ?? {};
  const status = [...containerStatuses, ...initContainerStatuses].find(({ name }) => name === container);
  const [runs, wanted] = [status?.imageID?.replace(/^[a-z-]+:\/\//, '') ?? '', image].map(parseImage);
  return (runs && wanted && imageName(runs) === imageName(wanted) && runs.digest) || '';
}
