/** G2: Temporal that crashes, is away, loses answers, or wants a new run. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Action } from '../../../src/contract/action.ts';
import { rolloutWorkflowId } from '../../../src/contract/ids.ts';
import { act as actFromCli } from '../../../src/steering/act.ts';
import type { Bed } from '../bed.ts';
import { runsOf } from '../history.ts';
import type { FaultRow } from '../row.ts';
import { promoted, routed, seconds, WHOLE_WAY } from './support.ts';

const F14: FaultRow = {
  id: 'F14',
  what: 'Temporal restarted in mid-rollout',
  how: 'SIGKILL of its own server at 50 %, started again on its database after 3 s',
  needs: { temporal: {} },
  run: async (bed) => {
    await bed.deliver();
    await bed.untilWeight(50);
    await bed.temporal?.crash();
    const died = Date.now();
    await sleep(3_000);
    await bed.temporal?.run();
    await bed.untilWeight(100);
    const safeAfterS = seconds(died);
    await promoted(bed);
    assert.deepEqual(routed(bed), WHOLE_WAY);
    return { outcome: 'promoted', safeAfterS };
  },
};

const F15: FaultRow = {
  id: 'F15',
  what: 'Temporal away; abort asked meanwhile',
  how: 'SIGKILL of its own server at 50 % for 20 s (ten minutes in the table)',
  needs: { temporal: {} },
  run: async (bed) => {
    // the client may come back seconds after the server, and the rollout must not be over by then
    bed.plan.shift.everyMs = 8_000;
    await bed.deliver();
    await bed.untilWeight(50);
    await bed.temporal?.crash();
    const asked = Date.now();
    const action: Action = { id: randomUUID(), verb: 'abort', actor: { name: 'mo', channel: 'cli' } };
    const { cluster, client } = bed.sluice;
    const id = rolloutWorkflowId(cluster, bed.namespace, bed.plan.name);
    const said = await actFromCli(client, id, action, false).then(
      ({ kind }) => kind,
      (error: Error) => error.message,
    );
    const told = seconds(asked);
    assert.notEqual(said, 'answered', 'an abort was taken by a server that is away');
    await sleep(Math.max(0, 20_000 - (Date.now() - asked)));
    assert.equal((await bed.app.weights()).canary, 50, 'something was done without Temporal');
    await bed.temporal?.run();
    await bed.act('abort', { id: action.id });
    const { outcome } = await bed.result();
    assert.equal(outcome?.kind, 'aborted');
    return { outcome: `not accepted, said after ${told} s; aborted when it was back` };
  },
};

/** Connections of the workers end again and again, at seeded moments: about half of what Temporal answers is lost. */
async function cutAgainAndAgain(bed: Bed, over: () => boolean): Promise<number> {
  let cuts = 0;
  while (!over()) {
    await sleep(400 + bed.random() * 1_200);
    bed.line?.cut();
    cuts += 1;
  }
  return cuts;
}

const F17: FaultRow = {
  id: 'F17',
  what: 'Temporal did it, but its answer says otherwise',
  how: "TCP cut of the workers' connections at seeded moments about a second apart; the development server has no persistence fault injection (ExecuteAndTimeout needs the static configuration of the production server)",
  needs: { line: true },
  run: async (bed) => {
    let over = false;
    await bed.deliver();
    const cutting = cutAgainAndAgain(bed, () => over);
    const started = Date.now();
    await promoted(bed);
    over = true;
    const cuts = await cutting;
    assert.deepEqual(routed(bed), WHOLE_WAY);
    return { outcome: `promoted, ${cuts} cuts`, safeAfterS: seconds(started) };
  },
};

const F19: FaultRow = {
  id: 'F19',
  what: 'start of the rollout: answer lost, repeated',
  how: 'the worker kills itself after makeOffer had started the rollout; the delivery is sent again twice',
  needs: { failpoint: 'makeOffer:after:1' },
  run: async (bed) => {
    const id = randomUUID();
    const first = bed.deliver('reviews:v2', id);
    await bed.died();
    await bed.startWorker();
    const answers = await Promise.all([first, bed.deliver('reviews:v2', id), bed.deliver('reviews:v2', id)]);
    await promoted(bed);
    const runs = await runsOf(bed.sluice.client, bed.sluice.handle(bed.plan).workflowId);
    assert.equal(runs.length, 1, `${runs.length} runs`);
    return { outcome: `promoted, one run; answers ${answers.map(({ status }) => status).join(', ')}` };
  },
};

const F20: FaultRow = {
  id: 'F20',
  what: 'action: answer lost, repeated',
  how: 'the same pause and the same abort are sent five times at once, each with one id',
  run: async (bed) => {
    await bed.deliver();
    await bed.untilWeight(50);
    const asked = Date.now();
    for (const verb of ['pause', 'abort'] as const) {
      const id = randomUUID();
      const answers = await Promise.all(Array.from({ length: 5 }, () => bed.act(verb, { id })));
      assert.equal(new Set(answers.map(({ message }) => message)).size, 1, 'one action got several answers');
    }
    const { outcome, actions } = await bed.result();
    assert.equal(outcome?.kind, 'aborted');
    assert.deepEqual(
      actions.map(({ verb }) => verb),
      ['pause', 'abort'],
    );
    return { outcome: 'each applied once; aborted', safeAfterS: seconds(asked, await bed.usersBack(asked)) };
  },
};

const SHORT_HISTORY = { 'limit.historyCount.suggestContinueAsNew': 40 };

const F21: FaultRow = {
  id: 'F21',
  what: 'same action id before and after continue-as-new',
  how: 'a server that suggests a new run after 40 events; pause and resume at 50 %, repeated at 100 %',
  needs: { temporal: SHORT_HISTORY },
  run: async (bed) => {
    await bed.deliver();
    await bed.untilWeight(50);
    const [pause, resume] = [randomUUID(), randomUUID()];
    await bed.act('pause', { id: pause });
    await bed.actAs('mo', 'resume', { id: resume });
    await bed.untilWeight(100);
    await bed.act('pause', { id: pause });
    const { paused } = await bed.sluice.view(bed.plan);
    assert.equal(paused, undefined, 'a repeated pause paused again');
    const { actions } = await promoted(bed);
    assert.deepEqual(
      actions.map(({ id }) => id),
      [pause, resume],
    );
    return { outcome: `promoted in ${await runCount(bed)} runs, each action once` };
  },
};

const F22: FaultRow = {
  id: 'F22',
  what: 'actions arrive while the run ends or goes on in a new one',
  how: 'a server that suggests a new run after 40 events; a pause and a resume every 300 ms until the end',
  needs: { temporal: SHORT_HISTORY },
  run: async (bed) => {
    await bed.deliver();
    let over = false;
    const burst = (async () => {
      while (!over) {
        await bed.act('pause');
        await bed.actAs('mo', 'resume');
        await sleep(300);
      }
    })();
    // pausing starts intervals over, so it cannot end while they go on
    await sleep(12_000);
    over = true;
    await burst;
    await bed.actAs('mo', 'resume');
    await promoted(bed);
    return { outcome: `promoted in ${await runCount(bed)} runs, no action lost` };
  },
};

const F129: FaultRow = {
  id: 'F129',
  what: 'history near its limit',
  how: 'a server that suggests a new run after 40 events and ends one at 300',
  needs: { temporal: { ...SHORT_HISTORY, 'limit.historyCount.error': 300 } },
  run: async (bed) => {
    bed.plan.shift.weights = [20, 40, 60, 80, 100];
    await bed.deliver();
    const started = Date.now();
    await promoted(bed);
    const runs = await runCount(bed);
    assert.ok(runs > 1, 'it never went on in a new run');
    assert.deepEqual(routed(bed), ['0', 'mirror', '0', '20', '40', '60', '80', '100', '0']);
    return { outcome: `promoted in ${runs} runs`, safeAfterS: seconds(started) };
  },
};

async function runCount(bed: Bed): Promise<number> {
  return (await runsOf(bed.sluice.client, bed.sluice.handle(bed.plan).workflowId)).length;
}

export const TEMPORAL_ROWS: FaultRow[] = [F14, F15, F17, F19, F20, F21, F22, F129];
