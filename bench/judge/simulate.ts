import type { CompareOptions } from '../../src/judge/compare/types.ts';
import type { Cell } from './cells.ts';
import { createRandom } from './random.ts';
import { type RuleName, ruleNamed } from './rules/index.ts';
import { series } from './series.ts';
import { emptyTally, median, type Tally, tallyRollout } from './tally.ts';
import type { SimulatedTraffic } from './traffic.ts';

export interface SimulationSettings {
  /** Per cell and traffic, 1 or more. */
  rollouts: number;
  /** Any text or number; the same seed gives the same rollouts, whichever cells and rules are chosen. */
  seed: string | number;
  cells: readonly Cell[];
  traffic: readonly SimulatedTraffic[];
  rules: readonly RuleName[];
  /** Of our comparison. */
  options: CompareOptions;
}

/** One rule in one cell. */
export interface CellResult {
  cell: string;
  title: string;
  harmless: boolean;
  traffic: string;
  rule: RuleName;
  rollouts: number;
  /** Rollouts aborted, and passed before any abort. */
  aborted: number;
  passed: number;
  /** Of those, ticks from the start. */
  abortTick?: number;
  passTick?: number;
  /** Canary requests at the median abort and pass. */
  abortRequests?: number;
  passRequests?: number;
}

/** Rollouts simulated and to simulate; `finished` holds the rows of a pair of cell and traffic that has just ended. */
export interface Progress {
  done: number;
  all: number;
  finished: CellResult[];
}

const CHUNK = 20;

/** Runs piece by piece so that a caller can show progress and stop between pieces. All rules see the same rollouts. */
export function* simulate(settings: SimulationSettings): Generator<Progress, void> {
  const { cells, traffic, rollouts } = settings;
  const all = cells.length * traffic.length * rollouts;
  let done = 0;
  for (const cell of cells) {
    for (const one of traffic) {
      const watching = settings.rules.map((name) => ({ rule: ruleNamed(name, settings.options), tally: emptyTally() }));
      for (let rollout = 0; rollout < rollouts; rollout += 1) {
        const data = series(cell, one, createRandom(settings.seed, cell.name, one.name, rollout));
        for (const { rule, tally } of watching) tallyRollout(rule, data, tally);
        done += 1;
        if (rollout % CHUNK === CHUNK - 1 && rollout < rollouts - 1) yield { done, all, finished: [] };
      }
      const finished = settings.rules.map((rule, i) => result(cell, one, rule, watching[i]?.tally ?? emptyTally()));
      yield { done, all, finished };
    }
  }
}

function result(
  cell: Cell,
  traffic: SimulatedTraffic,
  rule: RuleName,
  { rollouts, aborts, passes }: Tally,
): CellResult {
  return {
    cell: cell.name,
    title: cell.title,
    harmless: cell.harmless,
    traffic: traffic.name,
    rule,
    rollouts,
    aborted: aborts.length,
    passed: passes.length,
    abortTick: median(aborts.map(({ tick }) => tick)),
    passTick: median(passes.map(({ tick }) => tick)),
    abortRequests: median(aborts.map(({ requests }) => requests)),
    passRequests: median(passes.map(({ requests }) => requests)),
  };
}
