/** What happens to the counters of 200 services, each in its own interval. */
import { type CountedService, HASH, type Life } from './world.ts';

export interface Kind {
  name: string;
  /** Of the plan. */
  everyMs: number;
  /** @param startMs of the interval, Prometheus's clock */
  world: (app: string, startMs: number, random: () => number) => Omit<CountedService, 'failing'>;
  /** The worker's clock less Prometheus's, ms. */
  skewMs?: number;
}

const S = 1_000;
const MINUTE = 60 * S;
const LONG_AGO = 20 * MINUTE;

/** Two canary pods and three callers that all have had a bad hour. */
function usual(app: string, startMs: number, scrapeMs = 15 * S): Omit<CountedService, 'failing'> {
  const pod = (letter: string): Life => ({
    name: `${app}-v2-${HASH}-${letter.repeat(5)}`,
    bornMs: startMs - LONG_AGO,
    old: [600, 60],
  });
  const caller = (i: number): Life => ({ name: `gw-${app}-${i}`, bornMs: startMs - LONG_AGO, old: [20_000, 600] });
  return { app, scrapeMs, lagMs: 0, canary: [pod('a'), pod('b')], callers: [0, 1, 2].map(caller) };
}

/** @param into the interval, s: when it happens */
function goes(lives: Life[], name: string, atMs: number): Life[] {
  const [first, ...others] = lives;
  return [{ ...(first as Life), goneMs: atMs }, ...others, { name, bornMs: atMs + 3 * S }];
}

const somewhen = (startMs: number, everyMs: number, random: () => number) => startMs + random() * everyMs;

const pace = (name: string, everyMs: number, scrapeMs: number, lagMs = 0): Kind => ({
  name,
  everyMs,
  world: (app, startMs) => ({ ...usual(app, startMs, scrapeMs), lagMs }),
});

export const KINDS: readonly Kind[] = [
  {
    name: 'a caller pod goes',
    everyMs: MINUTE,
    world: (app, startMs, random) => {
      const one = usual(app, startMs);
      return { ...one, callers: goes(one.callers, `gw-${app}-new`, somewhen(startMs, MINUTE, random)) };
    },
  },
  {
    name: 'a canary pod is replaced',
    everyMs: MINUTE,
    world: (app, startMs, random) => {
      const one = usual(app, startMs);
      const name = `${app}-v2-${HASH}-ccccc`;
      return { ...one, canary: goes(one.canary, name, somewhen(startMs, MINUTE, random)) };
    },
  },
  {
    name: 'containers restart',
    everyMs: MINUTE,
    world: (app, startMs, random) => {
      const one = usual(app, startMs);
      const restart = (life: Life): Life => ({ ...life, restarts: [somewhen(startMs, MINUTE, random)] });
      return { ...one, canary: one.canary.map(restart), callers: one.callers.map(restart) };
    },
  },
  {
    name: 'Prometheus restarts',
    everyMs: MINUTE,
    world: (app, startMs, random) => {
      const one = usual(app, startMs);
      const from = startMs - 20 * S + random() * 60 * S;
      const down = [from, from + 10 * S + random() * 30 * S] as const;
      const callers = goes(one.callers, `gw-${app}-new`, down[0] + random() * 20 * S);
      return { ...one, down, lost: [from - random() * 20 * S, from], ...(random() < 0.5 && { callers }) };
    },
  },
  ...[false, true].map(
    (merged): Kind => ({
      name: merged ? 'two replicas with gaps, merged' : 'two replicas with gaps',
      everyMs: MINUTE,
      world: (app, startMs, random) => {
        const gap = () => {
          const from = startMs - 60 * S + random() * 150 * S;
          return [from, from + 20 * S + random() * 60 * S] as const;
        };
        return { ...usual(app, startMs), replicas: { gaps: [[gap()], [gap()]], merged } };
      },
    }),
  ),
  {
    name: 'pods seen first with old counts',
    everyMs: MINUTE,
    world: (app, startMs, random) => {
      const one = usual(app, startMs);
      const hide = (life: Life, i: number): Life =>
        i > 0 ? life : { ...life, hidden: [startMs - (2 + 3 * random()) * MINUTE, somewhen(startMs, MINUTE, random)] };
      return { ...one, canary: one.canary.map(hide), callers: one.callers.map(hide) };
    },
  },
  pace('scrapes of 15 s', MINUTE, 15 * S),
  pace('scrapes of 30 s', 90 * S, 30 * S),
  pace('scrapes of 60 s', 150 * S, 60 * S),
  pace('scrapes of 5 s, 30 s late', MINUTE, 5 * S, 30 * S),
  pace('scrapes of 15 s, 30 s late', 90 * S, 15 * S, 30 * S),
  { ...pace('the worker is 4 minutes ahead', MINUTE, 15 * S), skewMs: 4 * MINUTE },
];
