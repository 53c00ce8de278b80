/** G1: workers that die, freeze and come back. */
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Bed } from '../bed.ts';
import type { FaultRow } from '../row.ts';
import { holdUpgrade, lateWriteRefused } from './late-upgrade.ts';
import { promoted, ROUTE_WRITES, routed, seconds, WHOLE_WAY } from './support.ts';

/** The worker ends itself once, another one takes over, and the rollout goes its whole way. */
function killedOnce(id: string, what: string, failpoint: string): FaultRow {
  return {
    id,
    what,
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

const [F04, F05, F06] = [
  killedOnce('F04', 'killed between the primary template and its readiness', 'upgradePrimary:after:1'),
  killedOnce('F05', 'killed between primary ready and route back', `route:before:${ROUTE_WRITES.back}`),
  killedOnce('F06', 'killed between route back and canary scale-down', 'scaleCanaryToZero:before:1'),
];

const F02: FaultRow = {
  id: 'F02',
  what: 'killed after the side effect, before the report',
  how: 'three workers in a row kill themselves after scaleCanary, route and upgradePrimary',
  needs: { failpoint: 'scaleCanary:after:1' },
  run: async (bed) => {
    await bed.deliver();
    await bed.died();
    for (const failpoint of ['route:after:2', 'upgradePrimary:after:1']) {
      await bed.startFailing(failpoint);
      await bed.died();
    }
    const died = Date.now();
    await bed.startWorker();
    const back = Date.now();
    await promoted(bed);
    assert.deepEqual(routed(bed), WHOLE_WAY);
    return { outcome: 'promoted', safeAfterS: seconds(died, back) };
  },
};

const F03: FaultRow = {
  id: 'F03',
  what: 'killed between route to 0 and canary to 0, in an abort',
  how: 'abort at 50 %; the worker kills itself after that route write',
  needs: { failpoint: `route:after:${ROUTE_WRITES.half + 1}` },
  run: async (bed) => {
    await bed.deliver();
    await bed.untilWeight(50);
    const asked = Date.now();
    // the worker dies before it can answer; the next one does
    const abort = bed.act('abort');
    await bed.died();
    await bed.startWorker();
    await abort;
    const { outcome } = await bed.result();
    assert.equal(outcome?.kind, 'aborted');
    return { outcome: 'aborted', safeAfterS: seconds(asked, await bed.usersBack(asked)) };
  },
};

const F07: FaultRow = {
  id: 'F07',
  what: 'worker frozen past its heartbeat timeout, thawed after another took over',
  how: 'SIGSTOP with its upgrade of the primary held on the way; abort by a second worker; then SIGCONT',
  needs: {},
  run: async (bed) => {
    await bed.deliver();
    const held = await holdUpgrade(bed);
    const [frozen] = bed.sluice.workers;
    frozen?.kill('SIGSTOP');
    await bed.startWorker();
    const asked = Date.now();
    await bed.act('abort');
    const { outcome } = await bed.result();
    const safeAfterS = seconds(asked, await bed.usersBack(asked));
    frozen?.kill('SIGCONT');
    held.open();
    await lateWriteRefused(bed);
    assert.equal(outcome?.kind, 'aborted');
    const primary = await bed.app.replicas('reviews-v1');
    assert.equal(primary.spec.template.spec.containers[0]?.image, 'reviews:v1');
    return { outcome: 'aborted, late write refused', safeAfterS };
  },
};

const F08: FaultRow = {
  id: 'F08',
  what: 'two workers, one of them killed every five seconds',
  how: 'SIGKILL of a seeded choice, replaced at once, until the rollout has ended',
  needs: { workers: 2 },
  run: async (bed) => {
    const over = { yes: false };
    await bed.deliver();
    const started = Date.now();
    const killing = killEveryFiveSeconds(bed, () => over.yes);
    await promoted(bed);
    over.yes = true;
    const kills = await killing;
    assert.deepEqual(routed(bed), WHOLE_WAY);
    return { outcome: `promoted, ${kills} workers killed`, safeAfterS: seconds(started) };
  },
};

async function killEveryFiveSeconds(bed: Bed, over: () => boolean): Promise<number> {
  let kills = 0;
  while (!over()) {
    await sleep(5_000);
    const alive = bed.sluice.workers.filter(({ exitCode, signalCode }) => exitCode === null && signalCode === null);
    alive[Math.floor(bed.random() * alive.length)]?.kill('SIGKILL');
    kills += 1;
    if (!over()) await bed.startWorker();
  }
  return kills;
}

const AWAY_MS = 60_000;

const F09: FaultRow = {
  id: 'F09',
  what: 'all workers down in mid-step',
  how: `SIGKILL at 50 %, a new one after ${AWAY_MS / 1000} s (an hour in the table)`,
  needs: {},
  run: async (bed) => {
    await bed.deliver();
    await bed.untilWeight(50);
    bed.sluice.workers[0]?.kill('SIGKILL');
    await sleep(AWAY_MS);
    assert.deepEqual(routed(bed), ['0', 'mirror', '0', '50']);
    await bed.startWorker();
    const back = Date.now();
    await bed.untilWeight(100);
    // an interval of two seconds with fresh data comes first
    assert.ok(Date.now() - back > 1_800, 'it advanced without an interval');
    const safeAfterS = seconds(back);
    await promoted(bed);
    return { outcome: 'promoted', safeAfterS };
  },
};

export const WORKER_ROWS: FaultRow[] = [F02, F03, F04, F05, F06, F07, F08, F09];
