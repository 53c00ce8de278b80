/** Sluice's own parts, away for long or again and again. `SLUICE_FAULTS_AWAY_S=600` makes the absences of the table. */

import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { abortSignal } from '../../../src/contract/messages.ts';
import type { Bed } from '../bed.ts';
import type { FaultRow } from '../row.ts';
import { promoted, routed, seconds, WHOLE_WAY } from './support.ts';

const AWAY_MS = 1_000 * Number(process.env.SLUICE_FAULTS_AWAY_S ?? 60);
const LIMIT_S = 120 + AWAY_MS / 1_000;

interface Absence {
  id: string;
  what: string;
  /** Which parts are away. */
  parts: ('worker' | 'temporal')[];
  /** An abort is sent before the workers are back. */
  abort: boolean;
}

function absence({ id, what, parts, abort }: Absence): FaultRow {
  return {
    id: `S:away:${id}`,
    what,
    how: `SIGKILL at 50 %, back after ${AWAY_MS / 1_000} s${abort ? '; an abort is sent before the worker is back' : ''}`,
    needs: { temporal: {} },
    limitS: LIMIT_S,
    run: async (bed) => {
      await bed.deliver();
      await bed.untilWeight(50);
      if (parts.includes('worker')) bed.sluice.workers[0]?.kill('SIGKILL');
      if (parts.includes('temporal')) await bed.temporal?.crash();
      await sleep(AWAY_MS);
      assert.deepEqual(routed(bed), ['0', 'mirror', '0', '50'], 'something moved meanwhile');
      if (parts.includes('temporal')) await bed.temporal?.run();
      if (abort) await bed.sluice.handle(bed.plan).signal(abortSignal, 'while nobody was there');
      const back = Date.now();
      if (parts.includes('worker')) await bed.startWorker();
      return abort ? aborted(bed, back) : wholeWay(bed);
    },
  };
}

async function aborted(bed: Bed, back: number) {
  const { outcome } = await bed.result();
  assert.equal(outcome?.kind, 'aborted');
  return { outcome: 'aborted as soon as it could', safeAfterS: seconds(back, await bed.usersBack(back)) };
}

/** No step is shortened: the interval at 50 % has one verdict, from data that came after the absence. */
async function wholeWay(bed: Bed) {
  const back = Date.now();
  const view = await bed.until(({ intervals }) => intervals.some(({ stage }) => stage === '50 %'), 'an interval');
  const first = view.intervals.find(({ stage }) => stage === '50 %');
  assert.ok(Date.parse(first?.at ?? '') >= back, 'the verdict is from before the absence');
  assert.ok(Date.parse(view.lastInterval?.from ?? '') >= back - 2_000, 'the verdict looks at old data');
  const safeAfterS = seconds(back);
  const { intervals } = await promoted(bed);
  assert.equal(intervals.filter(({ stage }) => stage === '50 %').length, 1);
  assert.deepEqual(routed(bed), WHOLE_WAY);
  return { outcome: 'promoted, one verdict at 50 %', safeAfterS };
}

const KILLED: FaultRow = {
  id: 'S:away:every-4-s',
  what: 'the only worker is killed every 4 s for 40 s; an abort is sent in the middle of it',
  how: 'SIGKILL and a new one at once, from 20 % on; the abort is a signal after 20 s',
  needs: {},
  run: async (bed) => {
    bed.plan.shift = { weights: [20, 40, 60, 80, 100], everyMs: 5_000 };
    await bed.deliver();
    await bed.untilWeight(20);
    const begun = Date.now();
    let asked: number | undefined;
    let kills = 0;
    while (Date.now() - begun < 40_000) {
      await sleep(4_000);
      bed.sluice.workers.at(-1)?.kill('SIGKILL');
      kills += 1;
      if (asked === undefined && Date.now() - begun > 20_000) {
        asked = Date.now();
        await bed.sluice.handle(bed.plan).signal(abortSignal, 'in the middle of it');
      }
      await bed.startWorker();
    }
    const { outcome } = await bed.result();
    assert.equal(outcome?.kind, 'aborted', outcome?.reason);
    return {
      outcome: `${kills} kills; aborted`,
      safeAfterS: seconds(asked ?? begun, await bed.usersBack(asked ?? begun)),
    };
  },
};

const METRICS: FaultRow = {
  id: 'S:away:metrics',
  what: 'metrics down for a minute at 20 %',
  how: 'a proxy before Prometheus refuses every query for 60 s',
  limitS: 200,
  run: async (bed) => {
    const prometheus = await bed.breakPrometheus();
    bed.plan.analysis.noAnswerLimit = 100;
    bed.plan.shift.weights = [20, 100];
    await bed.deliver();
    await bed.untilWeight(20);
    const rule = prometheus.add({
      match: () => true,
      fault: { kind: 'cut' },
      times: Number.POSITIVE_INFINITY,
    });
    await sleep(60_000);
    const blind = await bed.sluice.view(bed.plan);
    assert.equal(blind.route.canary, 20, 'the weight moved');
    assert.equal(blind.failures.count, 0, 'no answer counted as a failure');
    rule.times = 0;
    const back = Date.now();
    await bed.untilWeight(100);
    const safeAfterS = seconds(back);
    await promoted(bed);
    return { outcome: 'stayed at 20 %, nothing counted; went on; promoted', safeAfterS };
  },
};

export const AWAY_ROWS: FaultRow[] = [
  ...[
    { id: 'worker', what: 'the only worker is away', parts: ['worker' as const], abort: false },
    { id: 'worker-abort', what: 'the only worker is away', parts: ['worker' as const], abort: true },
    { id: 'temporal', what: 'Temporal is away', parts: ['temporal' as const], abort: false },
    { id: 'both', what: 'worker and Temporal are away', parts: ['worker' as const, 'temporal' as const], abort: false },
    { id: 'both-abort', what: 'both are away', parts: ['worker' as const, 'temporal' as const], abort: true },
  ].map(absence),
  KILLED,
  METRICS,
];
