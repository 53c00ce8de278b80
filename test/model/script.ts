/** What happens to a rollout, from a seed: people, pods, other hands, newer versions, failing calls. */
import { type ActionVerb, VERBS } from '../../src/contract/action.ts';
import type { WriteObject } from '../../src/contract/fence.ts';
import type { Plan } from '../../src/contract/plan.ts';
import type { Answer } from '../../src/contract/question.ts';
import { seededRandom } from '../support/random.ts';
import type { Deletable, RefusedStatus } from './cluster.ts';
import type { Fate } from './world.ts';

export type Happening =
  | {
      kind: 'action';
      verb: ActionVerb;
      id: string;
      by: string;
      proven: boolean;
      stale?: boolean;
      weight?: number;
      question?: string;
      answer?: Answer;
    }
  | { kind: 'signal'; verb: 'pause' | 'abort' }
  | { kind: 'offer'; image: string; id: string }
  | { kind: 'cancel' }
  | { kind: 'terminate' }
  | { kind: 'pods die'; side: 'primary' | 'canary'; count: number }
  | { kind: 'shrink' }
  | { kind: 'image'; image: string; how: 'broken' | 'bad'; on: boolean }
  | { kind: 'metrics'; on: boolean }
  | { kind: 'edit'; canary: number }
  | { kind: 'refuse'; object: WriteObject; status: RefusedStatus; ms: number }
  /** Comes back after `ms`, as Git has it. */
  | { kind: 'delete'; object: Deletable; ms: number }
  /** Somebody gives the primary another image. */
  | { kind: 'template'; image: string }
  /** Somebody sets the minimum of the primary's HPA. */
  | { kind: 'bounds'; min: number }
  /** No check can be made. */
  | { kind: 'unreadable'; ms: number }
  | { kind: 'long history' }
  | { kind: 'replay' };

interface Scripted {
  /** ms after the start. */
  at: number;
  what: Happening;
}

export interface ModelScript {
  seed: number;
  plan: Partial<Plan>;
  happenings: Scripted[];
  /** Of a hundred calls, how many go wrong while the script lasts. */
  faultPercent: number;
  strategy: 'RollingUpdate' | 'Recreate';
  /** Canary weights of a gradual return. */
  stepsBack?: number[];
  /** How often somebody answers what is asked, ms. Default 30 s. */
  careMs?: number;
  /** The primary's HPA shrinks a primary without users. */
  shrinks?: boolean;
  /** Admission pins tags to digests. */
  pins?: boolean;
}

/** A rollout without anything takes about this long, ms. */
const SPAN_MS = 300_000;

export function scriptOf(seed: number): ModelScript {
  const random = seededRandom(seed, 'script');
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
  const chance = (share: number) => random() < share;
  let count = 0;
  const id = () => {
    count += 1;
    return `${seed}-${count}`;
  };
  const image = () => `reviews:v${1 + Math.floor(random() * 4)}`;

  const makers: [number, () => Happening][] = [
    [
      10,
      () => ({
        kind: 'action',
        verb: pick(VERBS),
        id: chance(0.9) ? id() : `${seed}-${Math.max(1, count)}`,
        by: pick(['mo', 'li', 'ci']),
        proven: chance(0.8),
        ...(chance(0.15) && { stale: true }),
        weight: pick([10, 20, 40, 50, 60, 100]),
      }),
    ],
    [1, () => ({ kind: 'signal', verb: pick(['pause', 'abort'] as const) })],
    [3, () => ({ kind: 'offer', image: image(), id: chance(0.8) ? id() : `${seed}-first` })],
    [0.5, () => ({ kind: 'cancel' })],
    [0.5, () => ({ kind: 'terminate' })],
    [3, () => ({ kind: 'pods die', side: pick(['primary', 'canary'] as const), count: pick([1, 2, 9]) })],
    [1, () => ({ kind: 'shrink' })],
    [4, () => ({ kind: 'image', image: image(), how: pick(['broken', 'bad'] as const), on: chance(0.7) })],
    [2, () => ({ kind: 'metrics', on: chance(0.5) })],
    [1, () => ({ kind: 'edit', canary: pick([0, 30, 100]) })],
    [2, () => ({ kind: 'long history' })],
    [1, () => ({ kind: 'replay' })],
  ];
  const total = makers.reduce((sum, [weight]) => sum + weight, 0);
  const happening = () => {
    let left = random() * total;
    for (const [weight, make] of makers) {
      left -= weight;
      if (left < 0) return make();
    }
    return { kind: 'replay' } as const;
  };
  const last = pick([60_000, 150_000, SPAN_MS]);
  const happenings = Array.from({ length: Math.floor(random() * 25) }, () => ({
    at: Math.floor(random() * last),
    what: happening(),
  })).sort((a, b) => a.at - b.at);
  return {
    seed,
    plan: {
      onNewRevision: pick(['supersede', 'queue', 'reject'] as const),
      ...(chance(0.4) && { queue: pick(['newest', 'all'] as const) }),
      ...(chance(0.3) && {
        approvals: [
          {
            before: pick(['mirror', 'traffic', 40, 'promotion'] as const),
            from: [],
            count: pick([1, 2]),
            notInitiator: chance(0.5),
            ...(chance(0.6) && { expiresMs: 30_000 }),
            onExpiry: pick(['hold', 'abort', 'proceed'] as const),
          },
        ],
      }),
      ...(chance(0.2) && { pause: { limitMs: 60_000, onLimit: pick(['resume', 'abort'] as const) } }),
      ...(chance(0.2) && { mirror: undefined }),
    },
    happenings,
    faultPercent: pick([0, 2, 5, 15]),
    strategy: chance(0.8) ? 'RollingUpdate' : 'Recreate',
    ...(chance(0.3) && { stepsBack: pick([[40], [60, 20], [90, 50, 10]]) }),
  };
}

const WRONG: readonly Fate[] = ['fails before', 'fails after', 'lost after', 'late', 'twice', 'stops'];

/** The fate of one call after the other, while `on()`. */
export function fatesOf({ seed, faultPercent }: ModelScript, on: () => boolean): (name: string) => Fate {
  const random = seededRandom(seed, 'fates');
  return () => {
    const unlucky = random() * 100 < faultPercent;
    const which = WRONG[Math.floor(random() * WRONG.length)] as Fate;
    return unlucky && on() ? which : 'fine';
  };
}
