/** What charts and tiles show, from intervals and looks. Pure. */
import { type CheckResult, type Comparison, formatFigure } from 'sluice/contract';
import type { Interval, Rollout } from 'sluice/server';
import type { ChartData } from './chart.tsx';

/** One check: how it stands, and its intervals so far. */
export interface CheckSeries {
  name: string;
  now: CheckResult;
  /** The interval that runs: its verdict may change. */
  unfinished: boolean;
  chart: ChartData;
}

/** In the order in which they were seen first. */
export function checkSeries(view: Rollout, evidence: readonly Interval[]): CheckSeries[] {
  const running = view.live.interval?.checks ?? [];
  const last = view.lastInterval?.checks ?? evidence.at(-1)?.checks ?? [];
  const names = [
    ...new Set([...evidence.flatMap(({ checks }) => checks), ...last, ...running].map(({ name }) => name)),
  ];
  return names.flatMap((name) => {
    const named = (checks: readonly CheckResult[]) => checks.find((check) => check.name === name);
    const now = named(running) ?? named(last) ?? evidence.map(({ checks }) => named(checks)).findLast(Boolean);
    return now ? [{ name, now, unfinished: named(running) !== undefined, chart: chartOf(now, evidence) }] : [];
  });
}

function chartOf(now: CheckResult, evidence: readonly Interval[]): ChartData {
  const measured = evidence.flatMap(({ to, checks }) => {
    const check = checks.find(({ name }) => name === now.name);
    return check ? [{ to, value: check.value ?? null, limit: check.limit }] : [];
  });
  return {
    title: `${now.name} of the canary, interval by interval, beside its limit`,
    times: measured.map(({ to }) => to),
    lines: [
      { kind: 'canary', label: 'canary', values: measured.map(({ value }) => value) },
      { kind: 'limit', label: 'limit', values: measured.map(({ limit }) => limit) },
    ],
    format: (value) => formatFigure(value, now.unit),
  };
}

export interface ComparedSeries {
  comparison: Comparison;
  /** Share of failed requests of both arms, percent. */
  failures: ChartData;
  /** Odds against the canary and for its health, with what they must reach. */
  odds: ChartData;
  /** Canary requests of this stage, and about how many a proof of health takes at this pace; absent while nothing leans that way. */
  enough?: { requests: number; about: number };
}

/** Canary beside primary; undefined where the plan does not compare. */
export function comparedSeries(view: Rollout, evidence: readonly Interval[]): ComparedSeries | undefined {
  const comparison = view.live.interval?.comparison ?? view.comparison ?? evidence.at(-1)?.comparison;
  if (!comparison) return undefined;
  const ticks = ticksOf(view, evidence);
  const times = ticks.map(({ at }) => at);
  const constant = (ln: number) => ticks.map(() => Math.exp(ln));
  return {
    comparison,
    enough: enoughOf(comparison, evidence, view.live.interval?.requests),
    failures: {
      title: 'Share of failed requests, canary and primary on one scale',
      times,
      lines: [
        { kind: 'canary', label: 'canary', values: ticks.map(({ canary }) => canary) },
        { kind: 'primary', label: 'primary', values: ticks.map(({ primary }) => primary) },
      ],
      format: (value) => formatFigure(value, '%'),
    },
    odds: {
      title: 'Evidence for "worse" and for "healthy", as odds on a logarithmic scale',
      times,
      log: true,
      lines: [
        { kind: 'worse', label: 'worse', values: ticks.map(({ lnAbort }) => Math.exp(lnAbort)) },
        { kind: 'healthy', label: 'healthy', values: ticks.map(({ lnPass }) => Math.exp(lnPass)) },
        {
          kind: 'worse-goal',
          label: `goes back at ${odds(comparison.lnAbortAt)}`,
          values: constant(comparison.lnAbortAt),
        },
        {
          kind: 'healthy-goal',
          label: `passes at ${odds(comparison.lnPassAt)}`,
          values: constant(comparison.lnPassAt),
        },
      ],
      format: (value) => odds(Math.log(value)),
    },
  };
}

interface Look {
  at: string;
  canary: number | null;
  primary: number | null;
  lnAbort: number;
  lnPass: number;
}

/** The view has the last 120 looks, newer than the history's intervals. */
function ticksOf(view: Rollout, evidence: readonly Interval[]): Look[] {
  const points = view.comparison?.points ?? [];
  const percent = (share: number | undefined) => (share === undefined ? null : 100 * share);
  if (points.length > 0)
    return points.map((one) => ({ ...one, canary: percent(one.canary), primary: percent(one.primary) }));
  const share = (arm: { requests: number; errors: number } | null) =>
    arm && arm.requests > 0 ? (100 * arm.errors) / arm.requests : null;
  return evidence
    .flatMap(({ comparison }) => comparison?.ticks ?? [])
    .map((one) => ({ ...one, canary: share(one.canary), primary: share(one.primary) }));
}

/** Evidence grows with the requests, so that the rest of the way takes as many again in proportion. */
function enoughOf({ lnPass, lnPassAt, verdict, frozen }: Comparison, evidence: readonly Interval[], running = 0) {
  if (frozen || verdict === 'pass' || verdict === 'abort' || lnPass <= 0) return undefined;
  const stage = evidence.at(-1)?.stage;
  const counted = evidence.filter((one) => one.stage === stage).flatMap(({ comparison }) => comparison?.ticks ?? []);
  const before = counted.reduce((sum, { canary }) => sum + (canary?.requests ?? 0), 0);
  const requests = Math.round(before + running);
  return requests > 0 ? { requests, about: roughly((requests * lnPassAt) / lnPass) } : undefined;
}

function roughly(value: number): number {
  return Number(value.toPrecision(2));
}

/** `12 : 1`, in two digits, as a power of ten beyond a million either way. */
export function odds(ln: number): string {
  const ten = ln / Math.LN10;
  if (Math.abs(ten) >= 6) return `10^${Math.floor(ten)} : 1`;
  return `${Number(Math.exp(ln).toPrecision(2)).toLocaleString('en-US')} : 1`;
}
