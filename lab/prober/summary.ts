import { isFailed, type ProbeRecord } from './record.ts';

/** Epoch milliseconds; from is inclusive, to is not. */
export interface Window {
  from?: number;
  to?: number;
}

export interface ProbeSummary {
  total: number;
  /** No answer, or an answer of the 500s. */
  failed: number;
  /** Count by x-version; `none` for answers without one and for no answer. */
  byVersion: Record<string, number>;
  /** Count by status; `none` for no answer. */
  byStatus: Record<string, number>;
  /** Count by reason, for requests without an answer. */
  byError: Record<string, number>;
  /** Milliseconds over the answered requests; null when there is none. */
  p50: number | null;
  p99: number | null;
}

/** Counts the records that were sent in the window. */
export function summarize(records: ProbeRecord[], { from = -Infinity, to = Infinity }: Window = {}): ProbeSummary {
  const inside = records.filter(({ sentAt }) => sentAt >= from && sentAt < to);
  const times = inside.filter(({ status }) => status !== null).map(({ ms }) => ms);
  times.sort((a, b) => a - b);
  return {
    total: inside.length,
    failed: inside.filter(isFailed).length,
    byVersion: countBy(inside.map(({ version }) => version ?? 'none')),
    byStatus: countBy(inside.map(({ status }) => String(status ?? 'none'))),
    byError: countBy(inside.flatMap(({ error }) => error ?? [])),
    p50: quantile(times, 0.5),
    p99: quantile(times, 0.99),
  };
}

/** Nearest rank on sorted values. */
function quantile(sorted: number[], q: number): number | null {
  return sorted[Math.max(0, Math.ceil(q * sorted.length) - 1)] ?? null;
}

function countBy(keys: string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const key of keys) counts[key] = (counts[key] ?? 0) + 1;
  return counts;
}
