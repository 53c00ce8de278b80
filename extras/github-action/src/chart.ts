import type { WeightPoint } from './follow.ts';

const POINTS = 40;

/** Users on the canary over time, as Mermaid draws it. @param end Unix time, ms @returns no lines: the weight never changed */
export function weightChart(weights: readonly WeightPoint[], end: number): string[] {
  const [first] = weights;
  if (!first || weights.length < 2) return [];
  const length = Math.max(end, weights.at(-1)?.at ?? end) - first.at;
  const values = Array.from({ length: POINTS + 1 }, (_, index) => {
    const at = first.at + (length * index) / POINTS;
    return weights.findLast((point) => point.at <= at)?.weight ?? first.weight;
  });
  return [
    '```mermaid',
    'xychart-beta',
    '  title "Users on the canary"',
    `  x-axis "minutes" 0 --> ${Number((length / 60_000).toFixed(1)) || 0.1}`,
    '  y-axis "%" 0 --> 100',
    `  line [${values.join(', ')}]`,
    '```',
  ];
}
