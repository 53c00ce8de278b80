/** A plan with a gradual return: in its steps, and at once when there is a reason to hurry. */
import assert from 'node:assert/strict';
import type { Bed } from '../bed.ts';
import type { FaultRow } from '../row.ts';
import { routed, seconds } from './support.ts';

const EXEMPT = { I8: 'weights go back in steps, as the plan says' };

/** A rollout at 60 % whose plan has two steps back is aborted. */
async function abortAtSixty(bed: Bed): Promise<void> {
  bed.plan.shift = { weights: [60, 100], everyMs: 6_000, back: { weights: [40, 20], everyMs: 3_000 } };
  await bed.deliver();
  await bed.untilWeight(60);
  await bed.act('abort');
}

/** It ends aborted, and this is how users were routed at last. @returns seconds since `from` until all were back */
async function wentBack(bed: Bed, from: number, routes: string[]): Promise<number> {
  assert.equal((await bed.result()).outcome?.kind, 'aborted');
  assert.deepEqual(routed(bed).slice(-routes.length), routes);
  return seconds(from, await bed.usersBack(from));
}

const STEPS: FaultRow = {
  id: 'S:back:steps',
  what: 'abort of a plan with steps back 40 and 20 of three seconds',
  how: 'abort at 60 %',
  exempt: EXEMPT,
  run: async (bed) => {
    await abortAtSixty(bed);
    const safeAfterS = await wentBack(bed, Date.now(), ['60', '40', '20', '0']);
    return { outcome: 'aborted by 40 and 20 %', safeAfterS };
  },
};

const HURRY: FaultRow = {
  id: 'S:back:hurry',
  what: 'a second abort during the first step back',
  how: 'abort at 60 %, and again at 40 %',
  exempt: EXEMPT,
  run: async (bed) => {
    await abortAtSixty(bed);
    await bed.untilWeight(40);
    const asked = Date.now();
    assert.match((await bed.act('abort')).message, /at once/);
    const safeAfterS = await wentBack(bed, asked, ['60', '40', '0']);
    return { outcome: 'aborted; the second at once', safeAfterS };
  },
};

const BAD: FaultRow = {
  id: 'S:back:bad',
  what: 'the canary turns bad during the first step back',
  how: 'abort at 60 %; at 40 % every program of the canary fails every request',
  usersMayFail: 'those 40 % meet the bad canary until the checks of the step see it',
  exempt: EXEMPT,
  run: async (bed) => {
    await abortAtSixty(bed);
    await bed.untilWeight(40);
    const bad = Date.now();
    await bed.app.behave('v2', { errorPercent: 100 });
    const safeAfterS = await wentBack(bed, bad, ['60', '40', '0']);
    return { outcome: 'aborted; the second step is left out', safeAfterS };
  },
};

export const BACK_ROWS: FaultRow[] = [STEPS, HURRY, BAD];
