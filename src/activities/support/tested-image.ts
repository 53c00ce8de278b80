import type { KubeClient } from '../../kubernetes/client/client.ts';
import type { Deployment } from '../../kubernetes/objects/deployments.ts';
import { allContainers, type PodTemplate } from '../../kubernetes/objects/pod-template.ts';
import { isReady, listPods, type Pod } from '../../kubernetes/objects/pods.ts';
import type { RolloutSnapshot } from '../../kubernetes/writes/snapshot.ts';
import { formatImage, imageName, parseImage } from '../../plan/image.ts';

/** What ready pods run, by containers: each digest once; empty for one that says none of the image's repository. */
export type RunningDigests = Record<string, string[]>;

export interface TestedImages {
  /** What the primary gets in the place of each image. */
  images: Map<string, string>;
  warnings: string[];
  /** Tags that led to several digests since the canary was ready, in words. */
  moved: string[];
}

/** @param template names the images */
export async function runningDigests(
  client: KubeClient,
  deployment: Deployment,
  template: PodTemplate,
): Promise<RunningDigests> {
  const pods = (await listPods(client, deployment)).filter((pod) => isReady(pod) && !pod.metadata.deletionTimestamp);
  const digests = (name: string, image: string) => [...new Set(pods.map((pod) => digestOf(pod, name, image)))];
  return Object.fromEntries(allContainers(template).map(({ name, image }) => [name, digests(name, image)]));
}

/**
 * What the canary's pods run, by its digest: the tag may have been moved since it was tested (order rule 5).
 * @param canary absent: it does not have the revision any more
 * @param before what its pods ran when they were first ready
 */
export async function testedImages(
  client: KubeClient,
  { plan, targets, newTemplate }: RolloutSnapshot,
  canary: Deployment | undefined,
  before: RunningDigests = {},
): Promise<TestedImages> {
  const now = canary ? await runningDigests(client, canary, newTemplate) : {};
  const found: TestedImages = { images: new Map(), warnings: [], moved: [] };
  // the whole template is the canary's there
  const own = plan.workload.source === 'canary' ? allContainers(newTemplate).map(({ name }) => name) : targets;
  for (const [image, names] of byImage(newTemplate, own)) {
    const wanted = parseImage(image);
    if (!wanted || wanted.digest) continue;
    const digests = [...new Set(names.flatMap((name) => now[name] ?? []))];
    const known = new Set([...names.flatMap((name) => before[name] ?? []), ...digests].filter(Boolean));
    if (known.size > 1) found.moved.push(`${image} (${[...known].join(', ')})`);
    const [digest, ...others] = digests;
    if (digest && others.length === 0) found.images.set(image, formatImage({ ...wanted, digest }));
    else
      found.warnings.push(
        `the ready pods of ${plan.workload.canary} do not report one digest of ${wanted.name}, so the primary gets ${image} by its tag, which may have been moved since the test`,
      );
  }
  return found;
}

/** Images of these containers, each with the names of all that have it. */
function byImage(template: PodTemplate, targets: readonly string[]): Map<string, string[]> {
  const all = allContainers(template);
  const images = all.flatMap(({ name, image }) => (targets.includes(name) ? [image] : []));
  return new Map(images.map((image) => [image, all.flatMap((one) => (one.image === image ? [one.name] : []))]));
}

/** containerd and CRI-O: `docker.io/library/reviews@sha256:…`; Docker puts `docker-pullable://` before it. */
function digestOf(pod: Pod, container: string, image: string): string {
  const { containerStatuses = [], initContainerStatuses = [] } = pod.status ?? {};
  const status = [...containerStatuses, ...initContainerStatuses].find(({ name }) => name === container);
  const [runs, wanted] = [status?.imageID?.replace(/^[a-z-]+:\/\//, '') ?? '', image].map(parseImage);
  return (runs && wanted && imageName(runs) === imageName(wanted) && runs.digest) || '';
}
