/** A plan with a gradual return: in its steps, and at once when there is a reason to hurry. */
import assert from 'node:assert/strict';
import type { Bed } from '../bed.ts';
import type { Row } from '../row.ts';
import { routed, seconds } from './support.ts';

const EXEMPT = { I8: 'weights go back in steps, as the plan says' };

/** At 60 % with two steps back; most of an interval goes by first, so that there is something to compare. */
async function atSixty(bed: Bed): Promise<void> {
  bed.plan.shift = { weights: [60, 100], everyMs: 6_000, back: { weights: [40, 20], everyMs: 3_000 } };
  await bed.deliver();
  await bed.untilWeight(60);
}

const STEPS: Row = {
  id: 'S:back:steps',
  what: 'abort of a plan with steps back 40 and 20 of three seconds',
  how: 'abort at 60 %',
  exempt: EXEMPT,
  run: async (bed) => {
    await atSixty(bed);
    const asked = Date.now();
    await bed.act('abort');
    assert.equal((await bed.result()).outcome?.kind, 'aborted');
    assert.deepEqual(routed(bed).slice(-4), ['60', '40', '20', '0']);
    return { outcome: 'aborted by 40 and 20 %', safeAfterS: seconds(asked, await bed.usersBack(asked)) };
  },
};

const HURRY: Row = {
  id: 'S:back:hurry',
  what: 'a second abort during the first step back',
  how: 'abort at 60 %, and again at 40 %',
  exempt: EXEMPT,
  run: async (bed) => {
    await atSixty(bed);
    await bed.act('abort');
    await bed.untilWeight(40);
    const asked = Date.now();
    assert.match((await bed.act('abort')).message, /at once/);
    assert.equal((await bed.result()).outcome?.kind, 'aborted');
    assert.deepEqual(routed(bed).slice(-3), ['60', '40', '0']);
    return { outcome: 'aborted; the second at once', safeAfterS: seconds(asked, await bed.usersBack(asked)) };
  },
};

const BAD: Row = {
  id: 'S:back:bad',
  what: 'the canary turns bad during the first step back',
  how: 'abort at 60 %; at 40 % every program of the canary fails every request',
  usersMayFail: 'those 40 % meet the bad canary until the checks of the step see it',
  exempt: EXEMPT,
  run: async (bed) => {
    await atSixty(bed);
    await bed.act('abort');
    await bed.untilWeight(40);
    const bad = Date.now();
    await bed.app.behave('v2', { errorPercent: 100 });
    assert.equal((await bed.result()).outcome?.kind, 'aborted');
    assert.deepEqual(routed(bed).slice(-3), ['60', '40', '0']);
    return { outcome: 'aborted; the second step is left out', safeAfterS: seconds(bad, await bed.usersBack(bad)) };
  },
};

export const BACK_ROWS: Row[] = [STEPS, HURRY, BAD];
