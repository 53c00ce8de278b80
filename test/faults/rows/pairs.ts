/** A kill before and after the effect of every activity; which activities there are comes from a clean run. */
import { deliveryWorkflowId } from '../../../src/contract/ids.ts';
import type { Bed } from '../bed.ts';
import { runsOf } from '../history.ts';
import type { FaultRow, Finding } from '../row.ts';
import { type Failpoint, formatFailpoint } from '../tools/failpoint.ts';
import { deliveryOf } from './support.ts';

/** How often each activity was called. */
export type ActivityCounts = Record<string, number>;

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
  earlier?: ActivityCounts;
}

export function cleanRunId({ prefix }: Way): string {
  return `${prefix}:clean`;
}

/** The run that tells the pairs: nothing is broken. @param found gets what was called */
export function cleanRun(way: Way, found: (counts: ActivityCounts) => void): FaultRow {
  return {
    id: cleanRunId(way),
    what: 'nothing',
    how: `a clean run ${way.what}, to see which activities it has`,
    needs: {},
    app: way.app,
    run: async (bed) => {
      const { from, ...finding } = await way.run(bed);
      const counts = await countActivities(bed, from);
      found(counts);
      return { ...finding, outcome: `${finding.outcome}; ${2 * Object.keys(counts).length} pairs` };
    },
  };
}

/** @param seed chooses at which of an activity's calls the worker dies; 0: the first */
export function pairRows(way: Way, counts: ActivityCounts, seed: number): FaultRow[] {
  return Object.entries(counts).flatMap(([activity, calls]) =>
    (['before', 'after'] as const).map((point) => {
      const hit = (way.earlier?.[activity] ?? 0) + 1 + (seed % calls);
      return pairRow(way, { activity, point, hit });
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

async function countActivities(bed: Bed, from: number): Promise<ActivityCounts> {
  const { sluice, plan } = bed;
  const ids = [sluice.handle(plan).workflowId, deliveryWorkflowId(`test/${deliveryOf(bed)}`, plan)];
  const runs = (await Promise.all(ids.map((id) => runsOf(sluice.client, id)))).flat();
  const counts: ActivityCounts = {};
  for (const { name, at } of runs.flatMap(({ activities }) => activities))
    if (at >= from) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}
