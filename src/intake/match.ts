/** Which plans a deploy event belongs to. */
import { imageName, parseImage } from '../plan/image.ts';
import type { DeployRequest } from './deploy-event.ts';

/** What matching needs to know of a plan, whether it can be used or not. */
export interface KnownPlan {
  name: string;
  namespace: string;
  /** Image names of its `events`. */
  images: readonly string[];
}

export type PlanMatch<P extends KnownPlan> =
  | { kind: 'matched'; plans: P[] }
  /** No plan has this name, or lists this image. */
  | { kind: 'none' }
  /** The name alone stands for several plans. */
  | { kind: 'ambiguous'; plans: P[] };

/** By name when the event names a plan, otherwise every plan that lists the image. */
export function matchPlans<P extends KnownPlan>(request: DeployRequest, plans: readonly P[]): PlanMatch<P> {
  const { plan: name, image } = request;
  if (name !== undefined) return byName(name, plans);
  const wanted = image && imageName(image);
  const found = plans.filter(({ images }) =>
    images.some((listed) => wanted !== undefined && normalised(listed) === wanted),
  );
  return found.length > 0 ? { kind: 'matched', plans: found } : { kind: 'none' };
}

/** `namespace/name` */
export function planId({ namespace, name }: KnownPlan): string {
  return `${namespace}/${name}`;
}

function byName<P extends KnownPlan>(name: string, plans: readonly P[]): PlanMatch<P> {
  const found = plans.filter((plan) => (name.includes('/') ? planId(plan) : plan.name) === name);
  if (found.length === 0) return { kind: 'none' };
  const ids = new Set(found.map(planId));
  return { kind: ids.size > 1 ? 'ambiguous' : 'matched', plans: found };
}

function normalised(image: string): string | undefined {
  const reference = parseImage(image);
  return reference && imageName(reference);
}
