import type { Uids } from '../../src/contract/detected.ts';
import { compareFences, type Fence, type WriteObject } from '../../src/contract/fence.ts';
import { AT_REST, type RouteIntent } from '../../src/contract/intent.ts';

/** Pods of one Deployment, moved one at a time by a controller that ticks. */
class Workload {
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

  /** Deleted, with its pods. */
  remove(): void {
    this.replicas = 0;
    this.pods.clear();
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

const DIGEST = '@sha256:';

/** `name:tag@digest` as the tag that was asked for. */
export function unpinned(image: string): string {
  return image.split(DIGEST)[0] as string;
}

/** Why the API server refuses a write of an object that is there. */
export type RefusedStatus = 403 | 409 | 422;

/** Objects that people delete and create again. */
export type Deletable = 'route' | 'primary' | 'canary';

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

/** An HPA looks every 15 s. */
const SHRINK_TICKS = 15;

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
  /** The primary's HPA takes a pod at a time from a primary that has no users. */
  shrinks = false;
  /** Admission writes the digest into every image. */
  pins = false;
  /** Metrics come in a form that no check can read. */
  unreadable = false;
  readonly refused = new Map<WriteObject, RefusedStatus>();
  readonly gone = new Set<WriteObject>();
  epoch = 0;
  private ticks = 0;
  /** Off: the negative control of I8. */
  fenced = true;
  /** Off: the negative control of I10. */
  bound = true;
  /** Of the objects that are there. */
  get uids(): Uids {
    return Object.fromEntries([...this.made].filter(([object]) => !this.gone.has(object)));
  }

  private readonly made = new Map<Deletable, string>([
    ['route', 'route 1'],
    ['primary', 'primary 1'],
    ['canary', 'canary 1'],
  ]);
  /** Told of every event as it happens. */
  listener?: (event: ClusterEvent) => void;

  /** As admission stores it. */
  admitted(image: string): string {
    return this.pins && !image.includes(DIGEST) ? `${image}${DIGEST}${image.length}` : image;
  }

  /** @returns the status with which a write of the object is refused now */
  refuses(object: WriteObject): RefusedStatus | 404 | undefined {
    return this.gone.has(object) ? 404 : this.refused.get(object);
  }

  delete(object: Deletable): void {
    this.gone.add(object);
    if (object !== 'route') this[object].remove();
  }

  /** As its owner has it in Git: without anything of ours. */
  create(object: Deletable): void {
    if (!this.gone.delete(object)) return;
    this.fences.delete(object);
    this.made.set(object, `${object} ${Number(this.made.get(object)?.split(' ')[1]) + 1}`);
    if (object === 'route') this.route = AT_REST;
    if (object === 'primary') this.primary.replicas = 3;
  }

  /** Applies a fenced write. @returns false when a newer one was there */
  write(at: number, object: WriteObject, fence: Fence, what: string, apply: () => void): boolean {
    const stored = this.fences.get(object);
    const order = this.fenced && stored ? compareFences(fence, stored) : 1;
    if (order < 0) return false;
    // made before: it is read back, and nothing is written
    if (order === 0) return true;
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
    this.ticks += 1;
    const idle = this.route.primary === 0 && this.primary.replicas > this.autoscaler.min;
    if (this.shrinks && idle && this.ticks % SHRINK_TICKS === 0) this.primary.replicas -= 1;
    this.primary.tick(this.broken);
    this.canary.tick(this.broken);
  }
}
