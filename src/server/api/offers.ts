/** `POST …/offers`: somebody who may run it rolls out an image by a plan of this server, or by their own where they may. */
import type { Context } from 'hono';
import { type Holder, planHash, type RolloutTarget, vouchForOffer } from '../../authority/index.ts';
import type { Plan } from '../../contract/plan.ts';
import { namesRule, type PlanSource } from '../../installation/index.ts';
import { checkDeployEvent, deliver, newDelivery } from '../../intake/index.ts';
import { formatProblems, type LoadedPlan, loadPlanText } from '../../plan/index.ts';
import { HttpError } from '../http-error.ts';
import { neededKey, notAllowed, type PerformDeps } from '../perform.ts';
import type { ApiEnv } from './known.ts';
import { isId } from './read-action.ts';

export interface OfferDeps extends PerformDeps {
  plans: PlanSource;
}

/** @throws HttpError 403 it is not their right, 404 and 422 with what would be right */
export async function takeOffer(deps: OfferDeps, c: Context<ApiEnv>): Promise<Response> {
  const { holder } = c.var;
  const target = c.req.param() as unknown as RolloutTarget;
  const { name } = holder.person;
  if (!holder.may('run', target)) throw notAllowed(name, 'run', target);
  const { id, planText, image, reason } = Object(await c.req.json().catch(() => undefined)) as Record<string, unknown>;
  if (!isId(id)) throw invalid('id is 8 to 100 letters, digits, dots, - and _, for example a UUID');
  if (image === undefined) throw invalid('image is name:tag, name@digest or both');
  const { namespace, plan } = target;
  const event = checkDeployEvent({ image, reason, plan: `${namespace}/${plan}` });
  if ('problems' in event) throw invalid(event.problems.map(({ path, message }) => `${path} ${message}`).join('; '));
  const found = await planOf(deps, holder, target, planText);
  const delivery = newDelivery({
    ...{ cluster: target.cluster, source: 'cli', id: `${name}/${id}`, request: { ...event.request, by: name } },
    ...{ plan: found.plan, planFile: found.file, actor: { name, channel: 'api' }, receivedAt: new Date() },
  });
  const key = await neededKey(await deps.installation.current());
  const vouched = await vouchForOffer(delivery.offer, target.cluster, key);
  const { kind, offer } = await deliver(deps.temporal, { ...delivery, offer: vouched });
  if (kind === 'conflict') throw new HttpError(409, TAKEN);
  return c.json({ delivery: delivery.offer.id, offer });
}

/** What was sent counts when it says the same as the server's own copy, or when the person may run any. */
async function planOf(
  { plans, installation }: OfferDeps,
  { person, may }: Holder,
  target: RolloutTarget,
  text: unknown,
): Promise<Partial<LoadedPlan> & { plan: Plan }> {
  const { namespace, plan: name } = target;
  const own = (await plans.current()).plans.find(({ plan }) => plan.namespace === namespace && plan.name === name);
  if (text === undefined && own) return own;
  const read = loadPlanText(String(text ?? ''), 'planText', namesRule(await installation.current()));
  if ('problems' in read) throw invalid(formatProblems(read.problems));
  const { plan } = read;
  if (plan.namespace !== namespace || plan.name !== name)
    throw invalid(`planText is of ${plan.namespace}/${plan.name}`);
  if (own && planHash(own.plan) === planHash(plan)) return own;
  if (may('run-any-plan', target)) return { plan };
  const message = own ? `it is not the plan in ${own.file}` : `${namespace}/${name} is in no plan source of the server`;
  const remedy = `bring it there, or ask who runs Sluice for the verb run-any-plan for ${person.name}`;
  throw new HttpError(403, { code: 'plan-differs', message, remedy });
}

const TAKEN = { code: 'delivery-conflict', message: 'this id was taken with another content', remedy: 'take a new id' };

function invalid(message: string): HttpError {
  return new HttpError(422, { code: 'offer-invalid', message, remedy: 'correct the body' });
}
