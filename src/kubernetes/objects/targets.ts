/** Which containers of a pod template a deploy event is about. Pure. */
import type { Problem } from '../../contract/offer.ts';
import type { Plan } from '../../contract/plan.ts';
import { sameRepository } from '../../plan/image.ts';
import { allContainers, type PodTemplate } from './pod-template.ts';
import { imagesOf } from './revisions.ts';

type ContainersPlan = Pick<Plan, 'workload' | 'events'>;

/**
 * The plan's own list, or every container whose image is of the event's repository, init containers and sidecars too. An event
 * about configuration alone is about the images that the plan's events bring, or else about the first container.
 * @param asked the template with images as their events gave them: admission may have put another registry in their place
 * @returns none: see {@link targetProblems}
 */
export function targetContainers(
  { workload, events }: ContainersPlan,
  asked: PodTemplate,
  image: string | undefined,
): string[] {
  const all = allContainers(asked);
  if (workload.containers) return all.filter(({ name }) => workload.containers?.includes(name)).map(({ name }) => name);
  const wanted = image === undefined ? events.map((event) => event.image) : [image];
  const own = all.filter((one) => wanted.some((repository) => sameRepository(one.image, repository)));
  return (own.length === 0 && image === undefined ? all.slice(0, 1) : own).map(({ name }) => name);
}

/** What the plan names and the template lacks, or an image that no container has. */
export function targetProblems(
  { workload }: ContainersPlan,
  { template, targets, where }: { template: PodTemplate; targets: string[]; where: string },
  image: string | undefined,
): Problem[] {
  const has = allContainers(template)
    .map((one) => `${one.name} (${one.image})`)
    .join(', ');
  const missing = (workload.containers ?? []).filter((name) => !targets.includes(name)).join(', ');
  if (missing) {
    const remedy = 'correct spec.workload.containers in the plan, or remove it: the image decides then';
    return [{ where, problem: `it has no container ${missing}; it has ${has}`, remedy }];
  }
  if (targets.length > 0) return [];
  const problem = `no container has an image of the repository of ${image}; it has ${has}`;
  const remedy =
    'deploy an image of one of these repositories, or name the containers that get it as spec.workload.containers in the plan';
  return [{ where, problem, remedy }];
}

/** One repository, several versions: the event's image takes the place of all. */
export function mixedImages(template: PodTemplate, targets: string[]): string[] {
  const images = [...new Set(imagesOf(template, targets))];
  if (images.length < 2) return [];
  return [
    `containers ${targets.join(', ')} run ${images.join(' and ')} and all get the event's image; name those that should as spec.workload.containers in the plan`,
  ];
}
