/** Stages of a rollout as they are watched in one: looks of seconds, errors and answer times, a warm-up, arms read apart. */
import { overdispersion, podSpread } from '../../src/judge/compare/overdispersion.ts';
import { type Learned, Looks } from '../../src/judge/comparison.ts';
import { resolveCompare } from '../../src/plan/resolve-compare.ts';
import { compare } from '../../src/plan/schema/compare.ts';
import { binomial } from './binomial.ts';
import { poisson } from './poisson.ts';
import { createRandom, type Random } from './random.ts';

/** `compare: {}` as a plan means it. */
export const COMPARE = resolveCompare(compare.parse({}));

const STAGE_S = 300;
const LOOK_S = 2;
const SLOT_S = 0.25;
const SLOTS = LOOK_S / SLOT_S;
const PER_SECOND = 100;
const WEIGHT = 20;
const BOUNDS_MS = [20, 100, 300];

/** What one arm is like at a moment, in seconds from the stage's start. */
interface Behaviour {
  /** Share of requests that fail. */
  errors: (second: number) => number;
  /** Share of requests slower than each of the bounds. */
  slow?: (second: number) => number[];
}

interface StageKind {
  name: string;
  canary: Behaviour;
  primary: Behaviour;
  /** The canary's counters hold what happened up to so much later, s. */
  aheadS?: number;
  learned?: Learned;
}

interface StageCount {
  name: string;
  stages: number;
  aborted: number;
  passed: number;
}

const usual = () => [0.5, 0.05, 0.005];
const steady = (errors: number): Behaviour => ({ errors: () => errors });
/** Something that both need fails for 20 s. */
const outage: Behaviour = { errors: (second) => (second >= 60 && second < 80 ? 0.2 : 0.001) };
const cold: Behaviour = {
  errors: (second) => (second < 4 ? 0.08 : 0.001),
  slow: (second) => (second < 25 ? [0.8, 0.4, 0.1] : usual()),
};
const same = (name: string, both: Behaviour, more: Partial<StageKind> = {}): StageKind => ({
  name,
  canary: both,
  primary: both,
  ...more,
});

/** One pod of five failed a fifth of its requests all the half hour, the others 0.1 %. */
const badHalfHour = learnedFrom([0.2, 0.001, 0.001, 0.001, 0.001]);

export const HEALTHY: readonly StageKind[] = [
  same('0.1 % errors', steady(0.001)),
  same('1 % errors', steady(0.01)),
  same('both fail 20 % for 20 s, the canary read a scrape ahead', outage, { aheadS: 1 }),
  { name: 'cold: 8 % errors for 4 s, slow for 25 s', canary: cold, primary: steady(0.001) },
  same('0.1 % errors, learned from a bad half hour', steady(0.001), { learned: badHalfHour }),
];

export const LEARNED_BADLY: StageKind = {
  name: 'canary 4 %, primary 0.1 %, learned from a bad half hour',
  canary: steady(0.04),
  primary: steady(0.001),
  learned: badHalfHour,
};

function learnedFrom(rates: readonly number[]): Learned {
  const random = createRandom('half hour', ...rates);
  const minute = () =>
    new Map(rates.map((rate, pod) => [`pod-${pod}`, { requests: 960, errors: binomial(960, rate, random) }]));
  const ticks = Array.from({ length: 30 }, minute);
  return { overdispersion: overdispersion(ticks), podRatio: Math.exp(2 * podSpread(ticks)) };
}

/** Every stage has a look each 2 s for five minutes, at 100 requests a second and 20 %. */
export function runStages(kind: StageKind, stages: number, seed: string): StageCount {
  const counts = { name: kind.name, stages, aborted: 0, passed: 0 };
  for (let i = 0; i < stages; i += 1) {
    const verdicts = runStage(kind, createRandom(seed, kind.name, i));
    if (verdicts.has('abort')) counts.aborted += 1;
    if (verdicts.has('pass')) counts.passed += 1;
  }
  return counts;
}

function runStage({ canary, primary, aheadS = 0, learned }: StageKind, random: Random): Set<string> {
  const looks = new Looks(COMPARE, { weight: WEIGHT }, undefined, learned);
  const verdicts = new Set<string>();
  const slots = STAGE_S / SLOT_S;
  const ahead = Math.round(aheadS / SLOT_S);
  const [ofCanary, ofPrimary] = [WEIGHT, 100 - WEIGHT].map((share, arm) =>
    Array.from({ length: slots + ahead }, (_, i) => slot(arm === 0 ? canary : primary, share, i * SLOT_S, random)),
  ) as [Counts[], Counts[]];
  const phase = Math.floor(random() * SLOTS);
  for (let end = phase + SLOTS; end <= slots; end += SLOTS) {
    const from = end === phase + SLOTS ? 0 : end - SLOTS;
    const arms = {
      canary: sum(ofCanary, from === 0 ? 0 : from + ahead, end + ahead),
      primary: sum(ofPrimary, from, end),
    };
    const { verdict } = looks.look(new Date(end * SLOT_S * 1000).toISOString(), arms);
    verdicts.add(verdict);
    if (verdict === 'abort') break;
  }
  return verdicts;
}

interface Counts {
  requests: number;
  errors: number;
  /** Slower than each bound. */
  slower: number[];
}

function slot({ errors, slow = usual }: Behaviour, share: number, second: number, random: Random): Counts {
  const requests = poisson((PER_SECOND * share * SLOT_S) / 100, random);
  let [left, above] = [requests, 1];
  const slower = slow(second).map((part) => {
    left = binomial(left, part / above, random);
    above = part;
    return left;
  });
  return { requests, errors: binomial(requests, errors(second), random), slower };
}

function sum(slots: readonly Counts[], from: number, to: number) {
  const part = slots.slice(from, to);
  const total = (of: (counts: Counts) => number) => part.reduce((all, counts) => all + of(counts), 0);
  const requests = total((counts) => counts.requests);
  const below = BOUNDS_MS.map((_, i) => requests - total(({ slower }) => slower[i] ?? 0));
  return {
    requests,
    errors: total(({ errors }) => errors),
    histogram: { le: BOUNDS_MS, counts: [...below, requests] },
  };
}
