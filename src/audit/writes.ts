import type {
  AwaitChangeInput,
  BoundsInput,
  Change,
  FencedTarget,
  RouteInput,
  ScaleInput,
  UpgradeInput,
} from '../contract/activities.ts';
import type { NewRevision } from '../contract/detected.ts';
import { formatFence, type WriteObject } from '../contract/fence.ts';
import { asObject } from '../temporal/payload.ts';

/** What a write was to change. */
export interface WriteRecord {
  object: WriteObject;
  /** As it was found at the start, or written before; absent: not known. */
  before?: unknown;
  after: unknown;
  /** `7.12`, see `Fence`. */
  fence: string;
}

type Inputs = Partial<FencedTarget & ScaleInput & BoundsInput & RouteInput & UpgradeInput>;

const CHANGES: Record<string, (input: Inputs) => Omit<WriteRecord, 'fence'>> = {
  createCanary: () => ({ object: 'canary', after: { replicas: 0 } }),
  scaleCanary: ({ replicas, autoscaler, revision }) => ({
    object: 'canary',
    after: { replicas, autoscaler, revision: revision?.id },
  }),
  scaleCanaryToZero: () => ({ object: 'canary', after: { replicas: 0 } }),
  boundAutoscaler: ({ side = 'canary', bounds }) => ({ object: `${side}-autoscaler`, after: bounds }),
  route: ({ intent, expected }) => ({ object: 'route', after: intent, ...(expected && { before: expected }) }),
  upgradePrimary: ({ revision, replicas }) => ({ object: 'primary', after: { replicas, revision: revision?.id } }),
  restorePrimary: ({ previous, replicas }) => ({ object: 'primary', after: { replicas, revision: previous?.id } }),
  createDestinations: () => ({ object: 'destinations', after: 'what is missing is made' }),
  removeDestinations: () => ({ object: 'destinations', after: 'what was made is removed' }),
};

/** Knows how each object was before a write: from what was found at the start, and from the writes since. */
export class WritesSoFar {
  private readonly known = new Map<WriteObject, unknown>();

  found({ previous, primaryReplicas: replicas, autoscalers: { primary, canary } = {} }: Partial<NewRevision>): void {
    this.known.set('primary', { replicas, revision: previous?.id }).set('canary', { replicas: 0 });
    this.known.set('primary-autoscaler', primary).set('canary-autoscaler', canary);
  }

  /** What the activity `type` has written; undefined: nothing. @param result of one that tries refused writes again: what it wrote */
  of(type: string, input: unknown, result: unknown): WriteRecord[] | undefined {
    const { written = [] } = asObject<Change>(type === 'awaitChange' ? result : undefined);
    const { again = [] } = asObject<AwaitChangeInput>(input);
    const late = again.filter(({ object }) => written.some((one) => one.object === object));
    const made = [{ name: type, input }, ...late].flatMap((one) => this.write(one.name, one.input));
    return made.length > 0 ? made : undefined;
  }

  private write(type: string, input: unknown): WriteRecord[] {
    const { fence, ...inputs } = asObject<Inputs>(input);
    const change = fence && Object.hasOwn(CHANGES, type) ? CHANGES[type]?.(inputs as Inputs) : undefined;
    if (!fence || !change) return [];
    const before = this.known.get(change.object);
    this.known.set(change.object, change.after);
    return [{ before, ...change, fence: formatFence(fence as FencedTarget['fence']) }];
  }
}
