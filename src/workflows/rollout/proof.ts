/** Who asked: shown as unverified until the worker has judged the statement of a server, and by name from then on. */
import { CancellationScope, workflowInfo } from '@temporalio/workflow';
import type { Action, ActionRecord, ActionVerb, Proof } from '../../contract/action.ts';
import { type Offer, type OfferProof, offeredWords } from '../../contract/offer.ts';
import { PROOF_MS } from '../../contract/time-limits.ts';
import { controlActivities, ownActivities } from '../activities.ts';
import type { Run } from './run.ts';

const LONGEST_NAME = 64;

export async function verify(run: Run, action: Action, record: ActionRecord): Promise<Proof> {
  const proof = await proofOf(run, action, record);
  record.verified = 'refused' in proof ? 'unverified' : 'verified';
  if ('person' in proof) nameAnew(run, record, shown(proof.person));
  return proof;
}

/** A key that is on its way is waited for. */
const PATIENT = {
  scheduleToCloseTimeout: PROOF_MS,
  retry: { initialInterval: '1s', maximumInterval: '10s' },
} as const;

async function proofOf({ cluster, plan }: Run, action: Action, { by }: ActionRecord): Promise<Proof> {
  if (!action.actor.statement) return { refused: 'no server vouches for who asks' };
  const { workflowId: workflow } = workflowInfo();
  const input = { action, cluster, namespace: plan.namespace, plan: plan.name, workflow, atMs: Date.now() };
  const asked = controlActivities(`verify that ${by} asked to ${action.verb}`, PATIENT);
  // people are heard after a cancel of the workflow, too
  return CancellationScope.nonCancellable(() => asked.verifyActor(input)).catch(() => ({
    refused: 'the proof of who asks could not be looked at',
  }));
}

export async function proofOfOffer({ cluster, plan }: Run, offer: Offer): Promise<OfferProof> {
  const { workflowId: workflow } = workflowInfo();
  const asked = controlActivities(
    `verify who offers ${offeredWords(offer.event, 'a changed configuration')} to ${plan.name}`,
    PATIENT,
  );
  return CancellationScope.nonCancellable(() => asked.verifyOffer({ offer, cluster, workflow })).catch(() => ({
    refused: 'the proof of who offers it could not be looked at',
  }));
}

/** An emergency does not wait: when nobody says it at once, no proof is needed. */
export function needsProof(): Promise<boolean> {
  const asked = ownActivities('ask whether an emergency needs a proof');
  return CancellationScope.nonCancellable(() => asked.needsProof()).catch(() => false);
}

/** What was said of the action before it was proven is said again, with the name. */
function nameAnew({ view, state, goBackRequest }: Run, record: ActionRecord, by: string): void {
  const before = saidOf(record);
  if (view.paused?.by === record.by && view.paused.since === record.at) view.paused.by = by;
  record.by = by;
  for (const told of [view.outcome, goBackRequest?.decision, state.back?.decision])
    if (told?.reason === before) told.reason = saidOf(record);
  if (view.sentence === before) view.sentence = saidOf(record);
}

const DONE: Partial<Record<ActionVerb, string>> = { pause: 'Paused', abort: 'Aborted', reject: 'Rejected' };

export function saidOf({ verb, by, reason }: ActionRecord): string {
  return `${DONE[verb]} by ${by}${reason ? `: ${reason}` : ''}.`;
}

/** What is not proven could be of any length and shape. */
export function shown({ name, channel }: Action['actor'], ...more: string[]): string {
  const parts = [name, channel].map((text) => text.replace(/\s+/g, ' ').trim().slice(0, LONGEST_NAME));
  return [parts.filter(Boolean).join(' · '), ...more].filter(Boolean).join(' ');
}
