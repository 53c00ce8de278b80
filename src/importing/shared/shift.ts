/** Weights and their times, as both controllers have them. */
import { formatDuration } from '../../plan/index.ts';
import type { LooseTree } from './tree.ts';

export interface TimedWeight {
  weight: number;
  everyMs: number;
}

/** Weights that stand twice are one, their times added. */
export function joinStages(stages: readonly TimedWeight[]): TimedWeight[] {
  const joined: TimedWeight[] = [];
  for (const stage of stages) {
    const last = joined.at(-1);
    if (last?.weight === stage.weight) last.everyMs += stage.everyMs;
    else joined.push({ ...stage });
  }
  return joined;
}

/** `weights` and `every` where all times are the same. */
export function shiftOf(stages: readonly TimedWeight[]): LooseTree {
  const [first] = stages;
  if (first && stages.every(({ everyMs }) => everyMs === first.everyMs))
    return { weights: stages.map(({ weight }) => weight), every: formatDuration(first.everyMs) };
  return { stages: stages.map(({ weight, everyMs }) => ({ weight, every: formatDuration(everyMs) })) };
}

const UNITS_MS: Record<string, number> = { h: 3_600_000, m: 60_000, s: 1_000, ms: 1 };

/** A duration as Go writes it, or a number of seconds. @returns ms */
export function durationOf(text: string | undefined): number | undefined {
  if (text === undefined || text === '' || text.length > 50) return undefined;
  if (/^\d+$/.test(text)) return Number(text) * 1_000;
  let rest = text;
  let ms = 0;
  while (rest !== '') {
    const [part, number, unit = ''] = /^(\d+(?:\.\d+)?)(h|ms|m|s)/.exec(rest) ?? [];
    if (part === undefined) return undefined;
    ms += Number(number) * (UNITS_MS[unit] ?? 0);
    rest = rest.slice(part.length);
  }
  return Math.round(ms);
}
