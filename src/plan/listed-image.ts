/** Which images a plan lets in, and from where: asked when an event comes in, and again before a rollout begins. */
import type { DeployEvent, Problem } from '../contract/offer.ts';
import type { EventOrigin, Plan } from '../contract/plan.ts';
import { globFits } from './glob.ts';
import { sameRepository } from './image.ts';

export type UnlistedImage = Problem & {
  /** `image`: the plan does not list it; `origin`: it does, but not from there. */
  kind: 'image' | 'origin';
};

/** People at the command line are no repository: their rights decide, not `from`. */
const PEOPLE = 'cli';

/** @returns why a plan does not roll out what an event brings; undefined: it does, or the event brings no image */
export function unlistedImage(
  { name, namespace, events, workload }: Pick<Plan, 'name' | 'namespace' | 'events' | 'workload'>,
  { image, from, source }: Pick<DeployEvent, 'image' | 'from' | 'source'>,
): UnlistedImage | undefined {
  if (image === undefined) return undefined;
  const where = `plan ${namespace}/${name}`;
  if (workload.source === 'canary') {
    const problem = `its versions are those of Deployment ${namespace}/${workload.canary}, so no event brings ${image}`;
    const remedy = 'change that Deployment; an event that names the plan alone rolls it out as it is';
    return { kind: 'image', where, problem, remedy };
  }
  const listed = events.filter((entry) => sameRepository(entry.image, image));
  if (listed.length === 0) {
    const known = events.map((entry) => entry.image).join(', ') || 'none';
    const remedy = `deploy an image that spec.events lists (${known}), or add it there`;
    return { kind: 'image', where, problem: `it does not list the image ${image}`, remedy };
  }
  if (source === PEOPLE || listed.some((entry) => isFrom(entry.from, from))) return undefined;
  const problem = `it does not take ${image} from ${describeOrigin(from)}`;
  return { kind: 'origin', where, problem, remedy: 'deploy it from where spec.events[].from says' };
}

function isFrom(wanted: EventOrigin = {}, proven: EventOrigin = {}): boolean {
  return (['repository', 'environment'] as const).every((key) => {
    const [pattern, text] = [wanted[key], proven[key]];
    return pattern === undefined || (typeof text === 'string' && globFits(pattern, text));
  });
}

function describeOrigin({ repository = 'an unproven repository', environment }: EventOrigin = {}): string {
  return environment ? `${repository}, environment ${environment}` : repository;
}
