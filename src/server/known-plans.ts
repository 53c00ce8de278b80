/** Plans as events meet them: the usable ones, and the broken ones that at least say what they are called. */

import type { OfferAnswer } from '../contract/offer.ts';
import type { Plan } from '../contract/plan.ts';
import type { KnownPlan } from '../intake/index.ts';
import type { BrokenPlan, PlanDir } from '../plan/index.ts';

export interface MatchedPlans {
  usable: Plan[];
  broken: BrokenPlan[];
}

export interface KnownPlans {
  all: Known[];
  /** Files that do not even tell a name. */
  nameless: string[];
  split(plans: readonly Known[]): MatchedPlans;
}

type Known = KnownPlan & ({ plan: Plan } | { broken: BrokenPlan });

export function knownPlans({ plans, broken }: PlanDir): KnownPlans {
  const usable = plans.map(({ plan }): Known => {
    const { name, namespace, events } = plan;
    return { name, namespace, images: events.map(({ image }) => image), plan };
  });
  const named = broken.flatMap((plan): Known[] => {
    const { name, namespace = 'default', images } = plan.claims;
    return name === undefined ? [] : [{ name, namespace, images, broken: plan }];
  });
  return { all: [...usable, ...named], nameless: broken.filter(isNameless).map(({ file }) => file), split };
}

/** What a broken plan answers to an event that other plans take. */
export function brokenAnswers({ broken }: MatchedPlans): OfferAnswer[] {
  return broken.map(({ file, claims, problems }) => ({
    plan: claims.name ?? file,
    namespace: claims.namespace ?? 'default',
    status: 'rejected',
    reason: `the plan in ${file} cannot be used`,
    problems: problems.map(({ message, remedy, ...place }) => ({ where: where(place), problem: message, remedy })),
  }));
}

export function brokenProblems({ broken }: MatchedPlans): { path: string; message: string; remedy: string }[] {
  return broken.flatMap(({ problems }) =>
    problems.map(({ message, remedy, ...place }) => ({ path: where(place), message, remedy })),
  );
}

function where({ file, line, column, path }: { file: string; line: number; column: number; path: string }): string {
  return `${file}:${line}:${column} ${path}`.trim();
}

function isNameless({ claims }: BrokenPlan): boolean {
  return claims.name === undefined;
}

function split(plans: readonly Known[]): MatchedPlans {
  return {
    usable: plans.flatMap((known) => ('plan' in known ? [known.plan] : [])),
    broken: plans.flatMap((known) => ('broken' in known ? [known.broken] : [])),
  };
}
