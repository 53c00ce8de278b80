/** G5: metrics that are missing, many or old. */
import assert from 'node:assert/strict';
import type { Fault } from '../../support/lab/fault-proxy.ts';
import type { Bed } from '../bed.ts';
import type { FaultRow, Finding } from '../row.ts';
import { abortHeld, seconds } from './support.ts';

const vector = (result: object[]): Fault => ({
  kind: 'answer',
  status: 200,
  body: { status: 'success', data: { resultType: 'vector', result } },
});

/** At 50 % every query gets this answer: it must not advance, users go back, somebody is asked. */
async function blinded(bed: Bed, faultNow: (bed: Bed) => Fault): Promise<Finding> {
  const prometheus = await bed.breakPrometheus();
  bed.plan.analysis.noAnswerLimit = 2;
  await bed.deliver();
  await bed.untilWeight(50);
  const blind = Date.now();
  const rule = prometheus.add({ match: () => true, fault: faultNow(bed), times: Number.POSITIVE_INFINITY });
  const held = await bed.untilHeld(110_000);
  const safeAfterS = seconds(blind, await bed.usersBack(blind));
  assert.equal(held.route.canary, 0, 'users stayed where nobody could see');
  assert.equal(held.failures.count, 0, 'no answer counted as a failure');
  rule.times = 0;
  return abortHeld(bed, `no answer: users back, held ("${held.needsYou?.reason.slice(0, 60)}…")`, safeAfterS);
}

const F71: FaultRow = {
  id: 'F71',
  what: 'empty vector',
  how: 'a proxy before Prometheus answers every query with an empty vector from 50 % on',
  run: (bed) => blinded(bed, () => vector([])),
};

const F74: FaultRow = {
  id: 'F74',
  what: 'several series where one is meant',
  how: 'the proxy answers every query with two series without the labels that tell them apart',
  run: (bed) =>
    blinded(bed, () => {
      const time = Date.now() / 1_000;
      return vector([
        { metric: {}, value: [time, '10'] },
        { metric: {}, value: [time, '20'] },
      ]);
    }),
};

const F78: FaultRow = {
  id: 'F78',
  what: 'old data: scraping has stopped',
  how: 'the proxy repeats the answers of 50 % for ever, sample times and all',
  limitS: 200,
  run: (bed) => blinded(bed, () => ({ kind: 'stale' })),
};

export const METRIC_ROWS: FaultRow[] = [F71, F74, F78];
