/** G7 and G8: people who act at once, and mail that gets lost. */
import assert from 'node:assert/strict';
import type { Row } from '../row.ts';
import { promoted, seconds } from './support.ts';

const F104: Row = {
  id: 'F104',
  what: 'two people at once',
  how: 'resume and abort in the same moment, of a paused rollout at 50 %, by two people',
  run: async (bed) => {
    await bed.deliver();
    await bed.untilWeight(50);
    await bed.act('pause', { actor: { name: 'ann', channel: 'cli' } });
    const asked = Date.now();
    const [resumed, aborted] = await Promise.all([
      bed.act('resume', { actor: { name: 'bob', channel: 'cli' } }),
      bed.act('abort', { actor: { name: 'eve', channel: 'cli' } }),
    ]);
    const { outcome } = await bed.result();
    assert.ok(aborted.accepted, aborted.message);
    assert.equal(outcome?.kind, 'aborted');
    const other = resumed.accepted ? 'resumed first' : `told "${resumed.message}"`;
    return { outcome: `abort wins; the other was ${other}`, safeAfterS: seconds(asked, await bed.usersBack(asked)) };
  },
};

const F108: Row = {
  id: 'F108',
  what: 'mail accepted, answer lost',
  how: 'a scripted SMTP server keeps the mail and cuts the line',
  run: async (bed) => {
    bed.breakMail({ kind: 'lose' });
    await bed.deliver();
    await promoted(bed);
    const mails = bed.stage.smtp.mails.filter(({ raw }) => raw.includes(bed.namespace));
    assert.equal(mails.length, 2, `${mails.length} copies`);
    return { outcome: 'promoted; two copies, one Message-ID' };
  },
};

const F109: Row = {
  id: 'F109',
  what: 'mail put off twice, then taken',
  how: 'a scripted SMTP server answers 451 and 421',
  run: async (bed) => {
    bed.breakMail({ kind: 'refuse', code: 451 });
    bed.breakMail({ kind: 'refuse', code: 421 });
    await bed.deliver();
    await promoted(bed);
    const mails = bed.stage.smtp.mails.filter(({ raw }) => raw.includes(bed.namespace));
    assert.equal(mails.length, 1, `${mails.length} copies`);
    return { outcome: 'promoted; told once' };
  },
};

export const PEOPLE_ROWS: Row[] = [F104, F108, F109];
