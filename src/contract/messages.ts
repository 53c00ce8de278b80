/**
 * What processes say to each other through Temporal: every workflow, update, query and signal, with what it carries. Each is defined
 * here and nowhere else; who sends and who handles it refer to the same name. The names stand in histories and never change.
 */
import type { QueryDefinition, SignalDefinition, UpdateDefinition } from '@temporalio/common';
import type { Action, ActionAnswer } from './action.ts';
import type { MirrorSpec, MirrorStop, MirrorView } from './mirror.ts';
import type { LookAgain, News, Remark, Untold } from './notice.ts';
import type { DeliveryInput, Offer, OfferAnswer } from './offer.ts';
import type { ReconcileInput, ReconcileReport } from './reconcile.ts';
import type { RolloutView } from './view.ts';

/** Workflow types; `WORKFLOWS.rollout` runs a `RolloutWorkflow`, and so on. */
export const WORKFLOWS = {
  rollout: 'rollout',
  delivery: 'delivery',
  mirror: 'mirror',
  notices: 'notices',
  reconcile: 'reconcile',
} as const;

export type RolloutWorkflow = (input: { cluster: string; offer: Offer }) => Promise<RolloutView>;
export type DeliveryWorkflow = (input: DeliveryInput) => Promise<OfferAnswer>;
/** `startedBy`: who says that they did, "mo · cli"; `statement` of a server, see `src/authority/orders.ts`. */
export type MirrorWorkflow = (input: {
  spec: MirrorSpec;
  startedBy: string;
  statement?: string;
}) => Promise<MirrorView>;
/** Begins with news; `carried`: what the run before it still had to tell. */
export type NoticesWorkflow = (input: { carried?: object }) => Promise<Untold[]>;
export type ReconcileWorkflow = (input: ReconcileInput) => Promise<ReconcileReport>;

/** To a rollout: a deploy event for its target; decided by `decideOffer` in `src/workflows/rollout/offers.ts`. */
export const offerUpdate = update<OfferAnswer, [Offer]>('offer');
/** To a rollout: what a person asks; done by `applyAction` in `src/workflows/rollout/actions.ts`. */
export const actionUpdate = update<ActionAnswer, [Action]>('action');
/** Everything that people are shown about a rollout. */
export const viewQuery = query<RolloutView>('view');
/** For emergencies, with nothing but the Temporal CLI: the input is a reason, `{id, reason}`, or nothing. */
export const pauseSignal = signal<[(string | { id?: string; reason?: string })?]>('pause');
export const abortSignal = signal<[(string | { id?: string; reason?: string })?]>('abort');
/** To a rollout: a task for its worker and nothing else. It is stored at once, so what starts workers hears of it; of an update it does not. */
export const wakeSignal = signal<[]>('wake');

/** To the notices of a plan: how a rollout stands. */
export const newsSignal = signal<[News]>('news');
/** To the notices of a plan: look at the rollout that runs now, and show it. */
export const lookSignal = signal<[LookAgain]>('look');
export const remarkSignal = signal<[Remark]>('remark');
/** What they cannot tell people, or could not. */
export const untoldQuery = query<Untold[]>('untold');

export const mirrorViewQuery = query<MirrorView>('view');
export const stopMirrorUpdate = update<ActionAnswer, [MirrorStop]>('stop');
/** For emergencies, with nothing but the Temporal CLI: the input is a reason, or nothing. */
export const stopMirrorSignal = signal<[string?]>('stop');

// What a message carries is known to the types alone.
function update<Ret, Args extends unknown[]>(name: string): UpdateDefinition<Ret, Args> {
  return { type: 'update', name } as UpdateDefinition<Ret, Args>;
}

function query<Ret>(name: string): QueryDefinition<Ret> {
  return { type: 'query', name } as QueryDefinition<Ret>;
}

function signal<Args extends unknown[]>(name: string): SignalDefinition<Args> {
  return { type: 'signal', name } as SignalDefinition<Args>;
}
