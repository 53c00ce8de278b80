/** Who offers, and by which plan: looked at before a rollout that runs could give way to it, and again before one begins. */
import type { Info } from '@temporalio/activity';
import { judgeOffer, judgeOrder, planHash } from '../authority/index.ts';
import type { Detected, DetectInput } from '../contract/detected.ts';
import type { OfferProof, OfferProofInput } from '../contract/offer.ts';
import type { Plan } from '../contract/plan.ts';
import type { Installation, InstallationFile, PlanSource } from '../installation/index.ts';
import { notYet } from './support/not-yet.ts';

/**
 * @param sinceMs when it was asked first, Unix time
 * @throws ApplicationFailure `UnknownKey` for as long as the key may still become known
 */
export async function verifyOffer(
  installation: InstallationFile,
  input: OfferProofInput,
  sinceMs: number,
  again?: string,
): Promise<OfferProof> {
  const known = await installation.current();
  const isRepair = input.offer.kind === 'repair';
  const proof = await (isRepair ? judgeRepair(input, known) : judgeOffer(input, known, Date.now()));
  if ('unknownKey' in proof && proof.unknownKey) notYet('UnknownKey', proof.refused, sinceMs, again);
  return proof;
}

function judgeRepair({ offer, cluster }: OfferProofInput, installation: Installation) {
  const { namespace, name: plan } = offer.plan;
  const fits = (what: unknown) => Array.isArray(what) && (what.includes(namespace) || what.includes('*'));
  const now = { cluster, namespace, plan, fits, atMs: Date.now() };
  return judgeOrder(offer.statement, 'repair', now, installation);
}

/** So that ten tries of a detection last longer than a key or a plan may be on its way. */
const AGAIN = '15s';

const SERVER =
  'send it to a server whose key the installation of the worker knows, as somebody who may do it: --server';
const SOURCE = 'name its source in planSources of the installation of the worker, or start the worker with --plans';

/** What a worker knows of who may begin what. */
export interface OfferKnowledge {
  installation: InstallationFile;
  /** Absent: the worker has no plans of its own. */
  plans?: PlanSource;
}

/**
 * Detects what is offered once it is proven who offers it, by the worker's own copy of a plan that is from a source.
 * @param detect gets when it was issued, as far as that is proven
 */
export async function whenProven(
  { installation, plans }: OfferKnowledge,
  input: DetectInput,
  { workflowExecution, scheduledTimestampMs: sinceMs }: Pick<Info, 'workflowExecution' | 'scheduledTimestampMs'>,
  detect: (input: DetectInput, issuedAt?: string) => Promise<Detected>,
): Promise<Detected> {
  const { offer, cluster } = input;
  const workflow = workflowExecution?.workflowId ?? '';
  const refuse = (problem: string, remedy: string): Detected => {
    return { kind: 'refused', problems: [{ where: `the offer ${offer.id}`, problem, remedy }] };
  };
  const proof = await verifyOffer(installation, { offer, cluster, workflow }, sinceMs, AGAIN);
  if ('refused' in proof) return refuse(proof.refused, SERVER);
  if (offer.kind === 'repair') return detect(input);
  const { issuedAt, by: startedBy } = proof;
  const plan = issuedAt && offer.planFile ? await ownCopy(offer.plan, plans, sinceMs) : offer.plan;
  if (!plan) return refuse(`the worker has no plan ${offer.plan.namespace}/${offer.plan.name}`, SOURCE);
  const detected = await detect({ ...input, offer: { ...offer, plan } }, issuedAt);
  if (detected.kind !== 'new') return detected;
  const own = plan !== offer.plan && { plan, warnings: [...detected.warnings, OTHER_COPY] };
  return { ...detected, ...(startedBy && { startedBy }), ...own };
}

const OTHER_COPY =
  'the plan is the copy that the worker has read from its sources; the server that took the event had read another one';

/** @returns the plan itself when the copy is the same; undefined: there is none */
async function ownCopy(plan: Plan, plans: PlanSource | undefined, sinceMs: number): Promise<Plan | undefined> {
  const { namespace, name } = plan;
  const all = (await plans?.current())?.plans ?? [];
  const own = all.find((one) => one.plan.namespace === namespace && one.plan.name === name)?.plan;
  if (own && planHash(own) === planHash(plan)) return plan;
  if (plans)
    notYet('OtherPlan', `the copy of ${namespace}/${name} here is not the one that is offered`, sinceMs, AGAIN);
  return own;
}
