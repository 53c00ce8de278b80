import type { EventOrigin, Plan } from './plan.ts';

/** A deploy event after verification, in one form whatever its source. */
export interface DeployEvent {
  /** Name of the sender, or `cli`, `reconcile`. */
  source: string;
  /** The sender's id of this delivery; with `source` it makes the event unique. */
  deliveryId: string;
  /** ISO 8601. */
  receivedAt: string;
  /** `name:tag`, `name@digest` or `name:tag@digest`; absent: only the plan's configuration changed. */
  image?: string;
  /** Where it comes from, when a token proved that. */
  from?: EventOrigin;
  /** Who pushed, as the sender says or its token proves. */
  by?: string;
  reason?: string;
  /** When the image was built, ISO 8601, as the sender says. */
  builtAt?: string;
  /** Semantic version of the build, as the sender says. */
  version?: string;
  /** Of a watched canary: what its Deployment had, see `src/kubernetes/objects/mark.ts`. */
  mark?: string;
}

/** How people are told of it. @param configuration words for an event that brings nothing */
export function offeredWords({ image, mark }: Pick<DeployEvent, 'image' | 'mark'>, configuration: string): string {
  return image ?? (mark === undefined ? configuration : 'the canary as it is now');
}

/** A deploy event that belongs to a plan; the plan is the snapshot that the rollout pins. */
export interface Offer {
  /** `<source>/<delivery id>` */
  id: string;
  event: DeployEvent;
  plan: Plan;
  /** `repair`: brings what a rollout left behind, whose workflow is gone, to rest. Absent: a deploy event. */
  kind?: 'repair';
  /** Of a repair: the cluster in which it was found (order rule 14). */
  clusterUid?: string;
  /** Who asks, where a server has proven a person. Absent: the sender of the event. */
  actor?: { name: string; channel: string };
  /** File of the plan as its source names it, `shops/reviews.yaml`. Absent: it is from no source. */
  planFile?: string;
  /** Of a server, see `src/authority/offers.ts`, of a repair `orders.ts`; absent: nobody vouches for it. */
  statement?: string;
}

/** An offer before a worker that knows the installation, by the cluster and the id of the workflow that it is for. */
export type OfferProofInput = { offer: Offer; cluster: string; workflow: string };

/** Whose it is ("ann · api"; absent: a sender's) and when it was issued, ISO 8601; neither where nobody is asked for proofs. Or why not. */
export type OfferProof = { by?: string; issuedAt?: string } | { refused: string };

/** How much earlier than one that was taken an offer may have been issued, ms: who replays an old one is refused. */
const LATE_MS = 60_000;

/** @param taken when a newer one was issued, ISO 8601 @returns why an offer comes too late; undefined: it does not */
export function whyLate(issuedAt: string, taken: string): string | undefined {
  const isLate = Date.parse(taken) - Date.parse(issuedAt) > LATE_MS;
  return isLate ? `it was issued at ${issuedAt}, and one of ${taken} was taken already` : undefined;
}

export type OfferStatus =
  /** a rollout began */
  | 'started'
  /** the primary already runs this revision, or the running rollout carries it */
  | 'unchanged'
  /** the running rollout goes back and this one follows */
  | 'superseding'
  /** this one follows when the running rollout has ended */
  | 'queued'
  /** nothing starts: preflight or policy; `reason` says why */
  | 'rejected'
  /** this delivery was taken before */
  | 'duplicate'
  /** no outcome yet; nothing is lost */
  | 'pending';

export interface OfferAnswer {
  plan: string;
  namespace: string;
  status: OfferStatus;
  /** That brings it, `<plan>-<epoch>`; of `unchanged` also one that goes back to it. Absent: it has none, or none yet. */
  rollout?: string;
  /** That ran for another offer when this one was answered, `<plan>-<epoch>`. */
  running?: string;
  reason?: string;
  problems?: Problem[];
  /** The run that answered is about to give way: ask again, the next one tells what became of the offer. */
  again?: boolean;
}

/** Something in the cluster or plan that forbids a rollout, and what would be right. */
export interface Problem {
  /** Object or plan path, for example `VirtualService demo/reviews`. */
  where: string;
  problem: string;
  remedy: string;
}

export interface DeliveryInput {
  cluster: string;
  offer: Offer;
}
