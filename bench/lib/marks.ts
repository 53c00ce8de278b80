/** Where the time went: moments that Temporal and the API server noted, in order, and the spans between them. */
import { type Summary, summarize } from './statistics.ts';

/** A moment by name, ms since 1970; absent when nobody noted it. */
export type Marks = [name: string, at: number | undefined][];

export interface Span extends Summary {
  /** `earlier → later` */
  name: string;
}

/**
 * The spans between neighbours, summarized over all samples. Each sample lists the same names in the same order; a span
 * with a missing end is left out. Clocks have a grain, so a span may come out slightly negative.
 */
export function phases(samples: readonly Marks[]): Span[] {
  const names = samples[0]?.map(([name]) => name) ?? [];
  return names.slice(1).flatMap((name, index) => {
    const spans = samples.flatMap((marks) => {
      const [from, to] = [marks[index]?.[1], marks[index + 1]?.[1]];
      return from === undefined || to === undefined ? [] : [to - from];
    });
    return spans.length > 0 ? [{ name: `${names[index]} → ${name}`, ...summarize(spans) }] : [];
  });
}
