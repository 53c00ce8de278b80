/** A kill before and after the effect of every activity of a rollout; which activities there are comes from a clean run. */
import assert from 'node:assert/strict';
import { deliveryWorkflowId } from '../../../src/rollout/ids.ts';
import type { Bed } from '../bed.ts';
import { runsOf } from '../history.ts';
import type { Row } from '../row.ts';
import { formatFailpoint } from '../tools/failpoint.ts';
import { promoted, routed, seconds, WHOLE_WAY } from './support.ts';

/** How often a whole rollout calls each activity. */
export type ActivityCounts = Record<string, number>;

export const CLEAN_RUN = 'P:clean';

/** The run that tells the pairs: nothing is broken. @param found gets what was called */
export function cleanRun(found: (counts: ActivityCounts) => void): Row {
  return {
    id: CLEAN_RUN,
    what: 'nothing',
    how: 'a whole rollout, to see which activities it has',
    run: async (bed) => {
      const delivery = 'clean-run';
      await bed.deliver('reviews:v2', `${delivery}-${bed.namespace}`);
      const started = Date.now();
      await promoted(bed);
      assert.deepEqual(routed(bed), WHOLE_WAY);
      const counts = await countActivities(bed, `${delivery}-${bed.namespace}`);
      found(counts);
      const pairs = 2 * Object.keys(counts).length;
      return { outcome: `promoted; ${pairs} pairs`, safeAfterS: seconds(started) };
    },
  };
}

async function countActivities({ sluice, plan }: Bed, delivery: string): Promise<ActivityCounts> {
  const ids = [sluice.handle(plan).workflowId, deliveryWorkflowId('test', delivery)];
  const runs = (await Promise.all(ids.map((id) => runsOf(sluice.client, id)))).flat();
  const counts: ActivityCounts = {};
  for (const { name } of runs.flatMap(({ activities }) => activities)) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}

/** @param seed chooses at which of an activity's calls the worker dies; 0: the first */
export function pairRows(counts: ActivityCounts, seed: number): Row[] {
  return Object.entries(counts).flatMap(([activity, calls]) =>
    (['before', 'after'] as const).map((point) => pairRow(activity, point, 1 + (seed % calls))),
  );
}

function pairRow(activity: string, point: 'before' | 'after', hit: number): Row {
  const failpoint = formatFailpoint({ activity, point, hit });
  return {
    id: `P:${activity}:${point}`,
    what: `killed ${point} the effect of ${activity}`,
    how: `the only worker kills itself at ${failpoint}`,
    needs: { failpoint },
    run: async (bed) => {
      await bed.deliver();
      const died = await bed.died();
      await bed.startWorker();
      const back = Date.now();
      await promoted(bed);
      assert.deepEqual(routed(bed), WHOLE_WAY);
      return { outcome: 'promoted', safeAfterS: seconds(died, back) };
    },
  };
}
