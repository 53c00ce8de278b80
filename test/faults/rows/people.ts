/** G7 and G8: people who act at once, and mail that gets lost. */
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FaultRow } from '../row.ts';
import { promoted, seconds } from './support.ts';

const F104: FaultRow = {
  id: 'F104',
  what: 'two people at once',
  how: 'resume and abort in the same moment, of a paused rollout at 50 %, by two people',
  run: async (bed) => {
    await bed.deliver();
    await bed.untilWeight(50);
    await bed.act('pause', { actor: { name: 'ann', channel: 'cli' } });
    const asked = Date.now();
    const [resumed, aborted] = await Promise.all([
      bed.actAs('bob', 'resume'),
      bed.act('abort', { actor: { name: 'eve', channel: 'cli' } }),
    ]);
    const { outcome } = await bed.result();
    assert.ok(aborted.accepted, aborted.message);
    assert.equal(outcome?.kind, 'aborted');
    const other = resumed.accepted ? 'resumed first' : `told "${resumed.message}"`;
    return { outcome: `abort wins; the other was ${other}`, safeAfterS: seconds(asked, await bed.usersBack(asked)) };
  },
};

const F108: FaultRow = {
  id: 'F108',
  what: 'mail accepted, answer lost',
  how: 'a scripted SMTP server keeps the mail and cuts the line',
  run: async (bed) => {
    bed.breakMail({ kind: 'lose' });
    await bed.deliver();
    await promoted(bed);
    await bed.sluice.told(bed.plan);
    const mails = bed.stage.smtp.mails.filter(({ raw }) => raw.includes(bed.namespace));
    assert.equal(mails.length, 2, `${mails.length} copies`);
    return { outcome: 'promoted; two copies, one Message-ID' };
  },
};

const F109: FaultRow = {
  id: 'F109',
  what: 'mail put off twice, then taken',
  how: 'a scripted SMTP server answers 451 and 421',
  run: async (bed) => {
    bed.breakMail({ kind: 'refuse', code: 451 });
    bed.breakMail({ kind: 'refuse', code: 421 });
    await bed.deliver();
    await promoted(bed);
    await bed.sluice.told(bed.plan);
    const mails = bed.stage.smtp.mails.filter(({ raw }) => raw.includes(bed.namespace));
    assert.equal(mails.length, 1, `${mails.length} copies`);
    return { outcome: 'promoted; told once' };
  },
};

const PAUSED: FaultRow = {
  id: 'S:paused',
  what: 'the canary turns bad while the rollout is paused at 40 %',
  how: 'pause, then every program of the canary fails every request',
  usersMayFail: 'those 40 % meet the bad canary until the guard takes them away',
  run: async (bed) => {
    bed.plan.shift.weights = [40, 100];
    await bed.deliver();
    await bed.untilWeight(40);
    await bed.act('pause');
    await sleep(3_000);
    const bad = Date.now();
    await bed.app.behave('v2', { errorPercent: 100 });
    const { outcome } = await bed.result();
    assert.equal(outcome?.kind, 'failed', outcome?.reason);
    const safeAfterS = seconds(bad, await bed.usersBack(bad));
    const { failureThreshold } = bed.plan.analysis;
    return { outcome: `failed after ${failureThreshold} intervals of ${bed.plan.shift.everyMs / 1_000} s`, safeAfterS };
  },
};

const INITIATOR: FaultRow = {
  id: 'S:approval:initiator',
  what: 'an approval by its initiator',
  how: 'ci, which delivered the version, approves; then somebody else',
  run: async (bed) => {
    bed.plan.approvals = [{ before: 'promotion', from: [], count: 1, notInitiator: true, onExpiry: 'hold' }];
    await bed.deliver();
    await bed.untilHeld();
    const own = await bed.actAs('ci', 'approve');
    assert.equal(own.accepted, false);
    const other = await bed.actAs('ann', 'approve');
    assert.ok(other.accepted, other.message);
    await promoted(bed);
    return { outcome: `refused: ${own.message}; promoted when ann approved` };
  },
};

const EXPIRED: FaultRow = {
  id: 'S:approval:expired',
  what: 'an approval that nobody gives',
  how: 'it expires after 5 s, and the plan says abort',
  run: async (bed) => {
    const expiresMs = 5_000;
    bed.plan.approvals = [
      { before: 'promotion', from: [], count: 1, notInitiator: true, expiresMs, onExpiry: 'abort' },
    ];
    await bed.deliver();
    const { needsYou } = await bed.untilHeld();
    const { outcome } = await bed.result();
    assert.equal(outcome?.kind, 'aborted');
    const expires = Date.parse(needsYou?.since ?? '') + expiresMs;
    return { outcome: outcome?.reason ?? '', safeAfterS: seconds(expires, await bed.usersBack(expires)) };
  },
};

export const PEOPLE_ROWS: FaultRow[] = [F104, F108, F109, PAUSED, INITIATOR, EXPIRED];
