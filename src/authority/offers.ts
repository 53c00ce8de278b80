/** Whether an offer is one that somebody may make: what a server says of it, the plan by its hash, and the rights of who asks. */
import { isDeepStrictEqual } from 'node:util';
import { rolloutWorkflowId } from '../contract/ids.ts';
import type { Offer, OfferProof, OfferProofInput } from '../contract/offer.ts';
import type { Plan } from '../contract/plan.ts';
import type { Installation, Server } from '../installation/index.ts';
import { digest } from '../kubernetes/objects/digest.ts';
import { formatDuration, globFits, milliseconds } from '../plan/index.ts';
import { personWho, SKEW_MS } from './judge.ts';
import type { ServerKey } from './keys.ts';
import { mayVouch, type RolloutTarget } from './rights.ts';
import { type About, type Disbelieved, openAsked, sign } from './statement.ts';

/** All of an offer; the plan is long, so its hash stands for it. Issued when the event was received. */
interface OfferStatement extends About {
  offer: Omit<Offer, 'plan' | 'statement'> & { plan: Pick<Plan, 'namespace' | 'name'> & { hash: string } };
}

/** The offer with the statement of a server that knows who asks, and that they may. @param key absent: as it is */
export async function vouchForOffer(offer: Offer, cluster: string, key: ServerKey | undefined): Promise<Offer> {
  if (!key) return offer;
  const workflow = rolloutWorkflowId(cluster, offer.plan.namespace, offer.plan.name);
  const said: OfferStatement = { cluster, workflow, offer: vouchedOf(offer) };
  return { ...offer, statement: await sign('sluice-offer', said, key) };
}

function vouchedOf({ statement: _statement, plan, ...offer }: Offer): OfferStatement['offer'] {
  const { namespace, name } = plan;
  return JSON.parse(JSON.stringify({ ...offer, plan: { namespace, name, hash: digest(plan) } }));
}

/** @param nowMs Unix time  @returns who asks, and when it was issued, as far as that is proven; or why nobody is believed */
export async function judgeOffer(
  input: OfferProofInput,
  installation: Installation,
  nowMs: number,
): Promise<OfferProof | Disbelieved> {
  const { offer } = input;
  const opened = await openAsked<OfferStatement>('sluice-offer', offer.statement, installation);
  if (!opened) return {};
  if ('refused' in opened) return opened;
  const misfit = misfitOf(opened.said, input, installation, nowMs);
  if (misfit) return { refused: misfit };
  const { actor, event, planFile, plan } = offer;
  const target = { cluster: input.cluster, namespace: plan.namespace, plan: plan.name };
  if (!actor) {
    const refused = senderRefused(offer, target, opened.server, installation);
    return refused ? { refused } : { issuedAt: event.receivedAt };
  }
  const rights = planFile === undefined ? (['run', 'run-any-plan'] as const) : (['run'] as const);
  const person = personWho(actor.name, rights, target, opened.server, installation);
  return 'refused' in person ? person : { issuedAt: event.receivedAt, by: `${actor.name} · ${actor.channel}` };
}

function misfitOf(
  said: OfferStatement,
  { offer, cluster, workflow }: OfferProofInput,
  { offers }: Installation,
  nowMs: number,
): string | undefined {
  const target = rolloutWorkflowId(cluster, offer.plan.namespace, offer.plan.name);
  if (said.cluster !== cluster || said.workflow !== target || workflow !== target)
    return `the statement is about ${said.workflow}, not about ${workflow}`;
  if (!isDeepStrictEqual(said.offer, vouchedOf(offer))) return 'the statement is about another offer';
  const ageMs = nowMs - Date.parse(offer.event.receivedAt);
  const maxMs = milliseconds(offers.maxAge);
  if (!(ageMs <= maxMs)) return `the statement is older than ${formatDuration(maxMs)}`;
  return ageMs < -SKEW_MS ? 'the statement is from the future' : undefined;
}

function senderRefused(
  { event, planFile }: Offer,
  target: RolloutTarget,
  server: Server,
  { senders }: Installation,
): string | undefined {
  const { source } = event;
  const what = `${target.namespace}/${target.plan}`;
  const sender = senders.find(({ name }) => name === source);
  if (!sender) return `the sender ${source} is not in the installation of the worker`;
  if ((event.mark !== undefined) !== (sender.canary === true))
    return `the sender ${source} ${sender.canary ? 'only tells of watched canaries' : 'watches no canaries'}`;
  if (planFile === undefined) return `the sender ${source} may not bring a plan of its own`;
  if (!mayVouch(server, undefined, 'run', target))
    return `the server ${server.name} may not vouch for senders to run ${what}`;
  if (!(server.vouchesFor.senders ?? ['*']).some((one) => globFits(one, source)))
    return `the server ${server.name} may not vouch for the sender ${source}`;
  return sender.plans.some((pattern) => globFits(pattern, what))
    ? undefined
    : `the sender ${source} may not run ${what}`;
}
