/** A world that hurts, from a seed: refused writes, objects that go and come back, hands of others, and people who do not come. */
import { seededRandom } from '../support/random.ts';
import type { PlayOptions } from './play.ts';
import { type Happening, type ModelScript, scriptOf } from './script.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** What is asked of a rollout in such a world: nobody is stranded for longer than an interval of 5 s and 30 s, and it ends within a day. */
export const HOSTILE: PlayOptions = { strandedMs: 35_000, limitMs: 24 * HOUR };

/** Happens within this time after the start, ms: before most rollouts have ended. */
const SPAN_MS = 150_000;
const STORM_MS = 15_000;

/** And none of its pods comes back. */
const CANARY_DIES: Happening[] = [
  { kind: 'image', image: 'reviews:v2', how: 'broken', on: true },
  { kind: 'pods die', side: 'canary', count: 9 },
];

/** The script of the seed, made worse; in half of them nobody else does anything. */
export function hostileOf(seed: number): ModelScript {
  const script = scriptOf(seed);
  const random = seededRandom(seed, 'hostile');
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
  const chance = (share: number) => random() < share;
  const ms = () => pick([20_000, MINUTE, 3 * MINUTE, 10 * MINUTE]);

  const makers: (() => Happening)[] = [
    () => ({
      kind: 'refuse',
      object: pick(['route', 'route', 'primary', 'canary', 'primary-autoscaler', 'canary-autoscaler'] as const),
      status: pick([403, 409, 422] as const),
      ms: ms(),
    }),
    () => ({ kind: 'delete', object: pick(['route', 'primary', 'canary'] as const), ms: ms() }),
    () => ({ kind: 'signal', verb: pick(['abort', 'pause'] as const) }),
    () => ({ kind: 'template', image: pick(['reviews:v1', 'reviews:v9']) }),
    () => ({ kind: 'bounds', min: pick([1, 4]) }),
    () => ({ kind: 'unreadable', ms: ms() }),
    () => ({ kind: 'pods die', side: pick(['primary', 'canary', 'canary'] as const), count: 9 }),
    () => ({ kind: 'image', image: 'reviews:v2', how: 'bad', on: true }),
  ];
  // troubles seldom come alone
  const storm = () => {
    const at = Math.floor(random() * SPAN_MS);
    const some = Array.from({ length: pick([1, 2, 3, 4]) }, () => pick(makers)());
    const dying: Happening[] = chance(0.5) ? CANARY_DIES : [];
    return [...some, ...dying].map((what) => ({ at: at + Math.floor(random() * STORM_MS), what }));
  };
  const worse = Array.from({ length: pick([1, 2, 3]) }, storm).flat();
  return {
    ...script,
    happenings: [...(chance(0.5) ? script.happenings : []), ...worse].sort((a, b) => a.at - b.at),
    careMs: pick([30_000, HOUR, 3 * HOUR]),
    shrinks: chance(0.3),
    pins: chance(0.15),
  };
}
