/** What a rollout begins with on the model: a new revision, or what a lost one left behind, under a number of its own. */
import type { Detected, DetectInput, Uids } from '../../src/contract/detected.ts';
import { isAtRest } from '../../src/contract/intent.ts';
import type { Cluster } from './cluster.ts';

export class Detections {
  /** Images that each epoch brings, and those it goes back to. */
  readonly revisions = new Map<number, string>();
  readonly previous = new Map<number, string>();
  /** Replicas that each epoch has found the primary with. */
  readonly sizes = new Map<number, number>();
  /** Of the objects that each epoch has found. */
  readonly uids = new Map<number, Uids>();
  /** Deliveries that a rollout took, with its epoch. */
  private readonly deliveries = new Map<string, number>();
  private readonly byRun = new Map<string, Detected>();
  private readonly cluster: Cluster;

  constructor(cluster: Cluster) {
    this.cluster = cluster;
  }

  has(run: string): boolean {
    return this.byRun.has(run);
  }

  /** The same run is answered the same again. */
  detect({ offer, run }: DetectInput): Detected {
    const known = this.byRun.get(run);
    if (known) return known;
    const detected = offer.kind === 'repair' ? this.leftBehind() : this.newRevision(offer.id, offer.event.image ?? '');
    this.byRun.set(run, detected);
    if (detected.kind === 'new' || detected.kind === 'repair') {
      this.revisions.set(detected.epoch, detected.revision.image);
      this.previous.set(detected.epoch, detected.previous.image);
      this.sizes.set(detected.epoch, detected.primaryReplicas);
      this.uids.set(detected.epoch, { ...detected.uids });
    }
    return detected;
  }

  private newRevision(delivery: string, image: string): Detected {
    const { cluster } = this;
    const earlier = this.deliveries.get(delivery);
    if (earlier !== undefined) return { kind: 'duplicate', rollout: `shop-${earlier}` };
    if (image === cluster.primary.image) return { kind: 'unchanged', revision: revision(image) };
    if (!isAtRest(cluster.route) || cluster.canary.replicas > 0) {
      const problems = [{ where: 'the cluster', problem: 'it is not at rest', remedy: 'repair it' }];
      return { kind: 'refused', problems };
    }
    cluster.epoch += 1;
    this.deliveries.set(delivery, cluster.epoch);
    return {
      kind: 'new',
      clusterUid: 'model',
      uids: cluster.uids,
      ...(cluster.gone.has('canary') && { withoutCanary: true }),
      epoch: cluster.epoch,
      revision: revision(image),
      previous: revision(cluster.primary.image),
      primaryReplicas: cluster.primary.replicas,
      autoscalers: { primary: { name: 'primary', ...cluster.autoscaler } },
      routeFound: { rules: [] },
      warnings: [],
    };
  }

  /** As `detect-repair` reads it from what order rule 5 keeps in the cluster. */
  private leftBehind(): Detected {
    const { cluster } = this;
    const { route, primary, canary } = cluster;
    const lost = cluster.epoch;
    const begun = this.begun(lost);
    if (!begun || (isAtRest(route) && canary.replicas === 0))
      return { kind: 'sound', sentence: 'nothing was left behind' };
    const carriesNew = primary.image === begun.revision.image;
    const finished = carriesNew && isAtRest(route) && primary.updated > 0;
    cluster.epoch += 1;
    return {
      ...begun,
      kind: 'repair',
      uids: {},
      epoch: cluster.epoch,
      previous: finished ? begun.revision : begun.previous,
      left: {
        rollout: `shop-${lost}`,
        written: [
          'route',
          'canary',
          ...(cluster.fences.has('primary-autoscaler') ? (['primary-autoscaler'] as const) : []),
          ...(!finished && (carriesNew || route.canary > 0) ? (['primary'] as const) : []),
        ],
        route,
        canaryReplicas: canary.replicas,
        podHash: 'hash',
        sentences: ['the canary has replicas'],
      },
    };
  }

  private begun(epoch: number) {
    const found = [...this.byRun.values()].findLast((detected) => 'epoch' in detected && detected.epoch === epoch);
    return found?.kind === 'new' || found?.kind === 'repair' ? found : undefined;
  }
}

function revision(image: string) {
  return { id: image.replace(/\W/g, ''), image, config: [] };
}
