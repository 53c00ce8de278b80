/** `sluice adopt`: primary, canary and plan of what runs under its users. What is read and written is in `cluster`. Pure. */
import { ownerFindings } from '../activities/preflight/owners.ts';
import { ownersOf } from '../kubernetes/objects/owners.ts';
import { workloadProblems } from '../kubernetes/objects/preflight.ts';
import { describeRef } from '../kubernetes/objects/refs.ts';
import { canaryDraft } from './canary.ts';
import { CannotAdopt } from './cannot-adopt.ts';
import type { AdoptionAsked, AdoptionFound, ControlledFound } from './found.ts';
import { planDocument, readDocument } from './plan-document.ts';
import { rolloutDraft } from './rollout.ts';
import { type Adoption, type AdoptionDraft, type AdoptStep, adoptionSteps } from './steps.ts';
import { tellingLabel } from './telling-label.ts';
import { type UsersWay, usersWay } from './users-way.ts';

/** @throws CannotAdopt for the first thing that forbids it */
export function adoptionOf(found: AdoptionFound | ControlledFound, asked: AdoptionAsked): Adoption {
  const { pair, autoscalers, routes, ...adoption } = draftOf(found, asked);
  const { plan, steps } = adoption;
  const workloads = { pair, autoscalers };
  const owners = ownerFindings(
    plan,
    workloads,
    routes.map((one) => ({ ...one, plan })),
  );
  const [problem] = [...workloadProblems(plan, workloads), ...owners.problems];
  if (problem) throw new CannotAdopt(problem.where, problem.problem, problem.remedy);
  return { ...adoption, warnings: [...adoption.warnings, ...owners.warnings, ...steps.flatMap(fromGit)] };
}

function draftOf(found: AdoptionFound | ControlledFound, asked: AdoptionAsked): AdoptionDraft {
  if ('controller' in found) return (found.kind === 'canary' ? canaryDraft : rolloutDraft)(found, asked.source);
  const { deployment: primary, autoscalers, routes } = found;
  const way = usersWay(found);
  const telling = telledBy(found, way);
  const document = planDocument(found, way, telling, asked);
  const plan = readDocument(document);
  const steps = adoptionSteps(found, plan, document, { way, telling, mode: asked.mode });
  return { plan, document, steps, warnings: [], pair: { primary }, autoscalers, routes };
}

/** A subset needs a label that its Service does not select by; without one the canary gets a Service of its own. */
function telledBy({ deployment }: AdoptionFound, { service, subset }: UsersWay) {
  const { selector = {} } = service.spec ?? {};
  const { matchLabels = {} } = deployment.spec.selector;
  const tells = subset && Object.keys(subset).some((key) => key in matchLabels && !(key in selector));
  return tellingLabel(deployment, selector, tells ? subset : undefined);
}

/** What somebody else writes would be taken back: it has to be changed where they have it from. */
export function fromGit({ ref, adds, done }: AdoptStep): string[] {
  if (!adds || done) return [];
  return ownersOf(ref, adds.before).map(
    ({ name }) => `${describeRef(ref)}: ${name} takes back what is added to ${adds.path.slice(1).replaceAll('/', '.')}`,
  );
}
