import type { WriteObject } from '../../src/contract/activities.ts';
import { compareFences, type Fence } from '../../src/contract/fence.ts';
import { AT_REST, type RouteIntent } from '../../src/contract/intent.ts';

/** Pods of one Deployment, moved one at a time by a controller that ticks. */
export class Workload {
  /** Ready pods by image. */
  readonly pods = new Map<string, number>();
  /** `Recreate` takes all old pods away before the first new one. */
  strategy: 'RollingUpdate' | 'Recreate' = 'RollingUpdate';

  image: string;
  replicas: number;

  constructor(image: string, replicas: number) {
    this.image = image;
    this.replicas = replicas;
    if (replicas > 0) this.pods.set(image, replicas);
  }

  get ready(): number {
    return [...this.pods.values()].reduce((sum, count) => sum + count, 0);
  }

  /** Ready pods of the template. */
  get updated(): number {
    return this.pods.get(this.image) ?? 0;
  }

  get settled(): boolean {
    return this.updated === this.replicas && this.ready === this.replicas;
  }

  /** One pod comes, or goes when another one has taken its place. */
  tick(broken: ReadonlySet<string>): void {
    const old = [...this.pods.keys()].filter((image) => image !== this.image);
    for (const image of old) this.retire(image);
    if (this.updated < this.replicas && !broken.has(this.image)) this.add(this.image, 1);
    if (this.updated > this.replicas) this.pods.set(this.image, this.replicas);
  }

  kill(count: number): void {
    let left = count;
    for (const [image, ready] of this.pods) {
      const dead = Math.min(ready, left);
      left -= dead;
      this.add(image, -dead);
    }
  }

  private retire(image: string): void {
    if (this.strategy === 'Recreate') this.pods.delete(image);
    else if (this.ready > this.replicas) this.add(image, -1);
  }

  private add(image: string, count: number): void {
    const next = (this.pods.get(image) ?? 0) + count;
    if (next > 0) this.pods.set(image, next);
    else this.pods.delete(image);
  }
}

/** What happened to the cluster, and by whom. */
export interface ClusterEvent {
  at: number;
  by: 'sluice' | 'world';
  object: WriteObject;
  what: string;
  fence?: Fence;
  /** Traffic before, for a write of the route. */
  before?: RouteIntent;
}

/** A cluster of one service, as its API server would tell it. */
export class Cluster {
  route: RouteIntent = AT_REST;
  readonly primary = new Workload('reviews:v1', 3);
  readonly canary = new Workload('reviews:v1', 0);
  /** Images whose pods never become ready. */
  readonly broken = new Set<string>();
  /** Images whose answers are errors. */
  readonly bad = new Set<string>();
  /** Prometheus answers. */
  metrics = true;
  readonly fences = new Map<WriteObject, Fence>();
  readonly events: ClusterEvent[] = [];
  autoscaler = { min: 2, max: 8 };
  epoch = 0;
  /** Off: the negative control of I8. */
  fenced = true;
  /** Told of every event as it happens. */
  listener?: (event: ClusterEvent) => void;

  /** Applies a fenced write. @returns false when a newer one was there */
  write(at: number, object: WriteObject, fence: Fence, what: string, apply: () => void): boolean {
    const stored = this.fences.get(object);
    if (this.fenced && stored && compareFences(fence, stored) < 0) return false;
    const before = this.route;
    this.fences.set(object, fence);
    apply();
    this.note({ at, by: 'sluice', object, what, fence, ...(object === 'route' && { before }) });
    return true;
  }

  /** Somebody else's hand. */
  meddle(at: number, object: WriteObject, what: string, apply: () => void): void {
    apply();
    this.note({ at, by: 'world', object, what });
  }

  private note(event: ClusterEvent): void {
    this.events.push(event);
    this.listener?.(event);
  }

  tick(): void {
    this.primary.tick(this.broken);
    this.canary.tick(this.broken);
  }
}
