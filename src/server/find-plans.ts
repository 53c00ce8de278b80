/** Which plans a request of a sender is for, and why it is for none: the usable ones, and broken ones that at least say what they are called. */
import type { OfferAnswer, Problem } from '../contract/offer.ts';
import type { EventOrigin } from '../contract/plan.ts';
import { type DeployRequest, type KnownPlan, matchPlans, planId, requestedImage } from '../intake/index.ts';
import { type BrokenPlan, fileOf, globFits, type LoadedPlan, type PlanDir, unlistedImage } from '../plan/index.ts';
import { HttpError } from './http-error.ts';

export interface Asker {
  /** Name of the sender. */
  source: string;
  /** `demo/*`: plans that it may send for. */
  scope: readonly string[];
  from?: EventOrigin;
}

export interface MatchedPlans {
  usable: LoadedPlan[];
  broken: BrokenPlan[];
}

type Known = KnownPlan & { loaded?: LoadedPlan; broken?: BrokenPlan };

/** @throws HttpError when nothing can be offered to any plan */
export function findPlans(request: DeployRequest, dir: PlanDir, asker: Asker): MatchedPlans {
  const all = knownIn(dir);
  const reached = all.filter((plan) => asker.scope.some((pattern) => globFits(pattern, planId(plan))));
  const match = matchPlans(request, reached);
  if (match.kind === 'ambiguous') {
    const names = [...new Set(match.plans.map(planId))].join(', ');
    throw invalid('plan-ambiguous', `several plans are called ${request.plan}`, `write one of ${names}`);
  }
  if (match.kind === 'none') {
    if (matchPlans(request, all).kind !== 'none') throw new HttpError(403, OUTSIDE);
    throw noPlan(request, dir, reached.map(planId));
  }
  const broken = match.plans.flatMap((known) => known.broken ?? []);
  const usable = listed(request, match, asker);
  if (usable.length > 0) return { usable, broken };
  const problems = broken
    .flatMap(problemsOf)
    .map(({ where, problem, remedy }) => ({ path: where, message: problem, remedy }));
  const remedy = `correct ${broken.map(({ file }) => file).join(', ')} and send the event again`;
  throw new HttpError(422, { code: 'plan-broken', message: 'the plan cannot be used', remedy, problems });
}

/** What a broken plan answers to an event that other plans take. */
export function brokenAnswers({ broken }: MatchedPlans): OfferAnswer[] {
  return broken.map((plan) => ({
    plan: plan.claims.name ?? plan.file,
    namespace: plan.claims.namespace ?? 'default',
    status: 'rejected',
    reason: `the plan in ${plan.file} cannot be used`,
    problems: problemsOf(plan),
  }));
}

function knownIn({ plans, broken }: PlanDir): Known[] {
  const usable = plans.map((loaded) => ({
    ...loaded.plan,
    images: loaded.plan.events.map(({ image }) => image),
    loaded,
  }));
  const named = broken.flatMap((plan): Known[] => {
    const { name, namespace = 'default', images } = plan.claims;
    return name === undefined ? [] : [{ name, namespace, images, broken: plan }];
  });
  return [...usable, ...named];
}

function problemsOf({ problems }: BrokenPlan): Problem[] {
  return problems.map((one) => {
    return { where: `${fileOf(one)} ${one.path}`.trim(), problem: one.message, remedy: one.remedy };
  });
}

/** The usable ones that take this image from this sender. @throws HttpError when none of all that match does */
function listed(request: DeployRequest, match: { plans: Known[] }, { source, from }: Asker): LoadedPlan[] {
  const image = requestedImage(request);
  const usable = match.plans.flatMap(({ loaded }) => loaded ?? []);
  const refusals = usable.map(({ plan }) => unlistedImage(plan, { image, source, from }));
  const [first] = refusals.filter((refusal) => refusal !== undefined);
  const kept = usable.filter((_one, index) => refusals[index] === undefined);
  if (!first || kept.length > 0 || match.plans.length > usable.length) return kept;
  const details = { message: `${first.where}: ${first.problem}`, remedy: first.remedy };
  if (first.kind === 'origin') throw new HttpError(403, { code: 'origin-refused', ...details });
  throw new HttpError(422, { code: 'image-unlisted', ...details });
}

const OUTSIDE = {
  code: 'outside-scope',
  message: 'this sender may not send for that plan',
  remedy: 'ask who runs Sluice to widen plans of this sender, or send it as another one',
};

function noPlan(request: DeployRequest, { broken }: PlanDir, reached: string[]): HttpError {
  const message = request.plan ? `there is no plan ${request.plan}` : `no plan lists the image ${request.image?.name}`;
  const known = reached.sort().slice(0, 50).join(', ') || 'none';
  const nameless = broken.filter(({ claims }) => claims.name === undefined).map(({ file }) => file);
  const unread = nameless.length > 0 ? `; not readable: ${nameless.join(', ')}` : '';
  return new HttpError(404, { code: 'plan-unknown', message, remedy: `known plans: ${known}${unread}` });
}

function invalid(code: string, message: string, remedy: string): HttpError {
  return new HttpError(422, { code, message, remedy });
}
