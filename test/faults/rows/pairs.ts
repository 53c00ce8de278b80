/** A kill before and after the effect of every activity; which activities there are comes from a clean run. */
import { deliveryWorkflowId } from '../../../src/contract/ids.ts';
import type { Bed } from '../bed.ts';
import { runsOf } from '../history.ts';
import type { FaultRow, Finding } from '../row.ts';
import { type Failpoint, formatFailpoint } from '../tools/failpoint.ts';
import { deliveryOf } from './support.ts';

/** Of each activity its calls in order: whether it came to an end of its own; a wait may be cancelled. */
export type ActivityCalls = Record<string, boolean[]>;

/** A way through the checklist whose every activity is a place to die. */
export interface Way {
  /** `P`, or `A` and the number of a step: the beginning of its rows' ids. */
  prefix: string;
  what: string;
  /** How the application differs from the usual one. */
  app?: FaultRow['app'];
  /** Without a fail point: the clean run. @returns what it found, and epoch ms from which activities count */
  run(bed: Bed, failpoint?: string): Promise<Finding & { from: number }>;
  needs(failpoint: string): FaultRow['needs'];
  /** Calls that the worker with the fail point has made before those that count; absent: none. */
  earlier?: Record<string, number>;
}

export function cleanRunId({ prefix }: Way): string {
  return `${prefix}:clean`;
}

/** The run that tells the pairs: nothing is broken. @param found gets what was called */
export function cleanRun(way: Way, found: (calls: ActivityCalls) => void): FaultRow {
  return {
    id: cleanRunId(way),
    what: 'nothing',
    how: `a clean run ${way.what}, to see which activities it has`,
    needs: {},
    app: way.app,
    run: async (bed) => {
      const { from, ...finding } = await way.run(bed);
      const calls = await callsOf(bed, from);
      found(calls);
      return { ...finding, outcome: `${finding.outcome}; ${pairRows(way, calls, 0).length} pairs` };
    },
  };
}

/** @param seed chooses at which of an activity's calls the worker dies; 0: the first. What was cancelled has no effect to die after */
export function pairRows(way: Way, calls: ActivityCalls, seed: number): FaultRow[] {
  return Object.entries(calls).flatMap(([activity, ended]) =>
    (['before', 'after'] as const).flatMap((point) => {
      const places = ended.flatMap((own, index) => (own || point === 'before' ? [index] : []));
      const place = places[seed % places.length];
      if (place === undefined) return [];
      return [pairRow(way, { activity, point, hit: (way.earlier?.[activity] ?? 0) + 1 + place })];
    }),
  );
}

function pairRow(way: Way, point: Failpoint): FaultRow {
  const failpoint = formatFailpoint(point);
  return {
    id: `${way.prefix}:${point.activity}:${point.point}`,
    what: `killed ${point.point} the effect of ${point.activity}, ${way.what}`,
    how: `the only worker kills itself at ${failpoint}`,
    needs: way.needs(failpoint),
    app: way.app,
    run: async (bed) => {
      const { outcome, safeAfterS } = await way.run(bed, failpoint);
      return { outcome, safeAfterS };
    },
  };
}

async function callsOf(bed: Bed, from: number): Promise<ActivityCalls> {
  const { sluice, plan } = bed;
  const ids = [sluice.handle(plan).workflowId, deliveryWorkflowId(`test/${deliveryOf(bed)}`, plan)];
  const runs = (await Promise.all(ids.map((id) => runsOf(sluice.client, id)))).flat();
  const made = runs.flatMap(({ activities }) => activities).filter(({ at }) => at >= from);
  const calls: ActivityCalls = {};
  for (const activity of made.sort((a, b) => a.at - b.at))
    calls[activity.name] = [...(calls[activity.name] ?? []), 'result' in activity];
  return calls;
}
