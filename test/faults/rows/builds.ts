/** G10: other builds of Sluice take over in mid-rollout. */
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from '@temporalio/worker';
import { DeterminismViolationError } from '@temporalio/workflow';
import type { Bed } from '../bed.ts';
import type { FaultRow } from '../row.ts';
import { type Build, buildWith, type SourceEdit } from '../tools/build.ts';
import { promoted, routed, seconds, WHOLE_WAY } from './support.ts';

/** An interval that outlasts a replay and a start of a worker. */
const LONG_MS = 40_000;

const MORE = `await controlActivities('a step of the newer build').askWindow({ windows: [], freezes: [], purpose: 'start', atMs: 0 });`;

/** One activity more in a step. @param at the line before it, and a line of the imports  @param condition which histories it is for */
function oneMore(step: string, at: { line: string; imports: string }, condition: string): SourceEdit[] {
  const file = `workflows/rollout/steps/${step}.ts`;
  const to = `import { patched } from '@temporalio/workflow';\nimport { controlActivities } from '../../activities.ts';\n${at.imports}`;
  return [
    { file, from: at.line, to: `${at.line}    ${condition}${MORE}\n` },
    { file, from: at.imports, to },
  ];
}

const REPORT = { line: `  run.begin('report');\n`, imports: `import { bypassWarning } from '../state.ts';` };
const NEWER = oneMore('report', REPORT, `if (patched('newer-build')) `);

/** One activity more before the canary is scaled. @param condition with which histories that know nothing of it are told apart */
function scaleWith(condition: string): SourceEdit[] {
  const imports = `import { insistOn, tryOnce } from './insist.ts';`;
  return oneMore('scale', { line: `    await passGates(run, 'start');\n`, imports }, condition);
}

const CARELESS = scaleWith('');
const NEWER_START = scaleWith(`if (patched('newer-start')) `);

/** The only worker gives way to another build. */
async function replaceWorker(bed: Bed, build?: Build): Promise<void> {
  const old = bed.sluice.workers.at(-1);
  old?.kill('SIGKILL');
  await bed.sluice.startWorker(bed.stage.environment, [], build?.main);
}

/** The SDK ends its runtime with its last worker, so that two replays at once disturb each other. */
let replaying: Promise<unknown> = Promise.resolve();

/** @returns nothing when the history so far replays on the build, otherwise why not */
async function replayOn({ bundle }: Build, bed: Bed): Promise<Error | undefined> {
  const handle = bed.sluice.handle(bed.plan);
  const history = await handle.fetchHistory();
  const replay = replaying.then(() =>
    Worker.runReplayHistory({ workflowBundle: { codePath: bundle } }, history, handle.workflowId).then(
      () => undefined,
      (error: Error) => error,
    ),
  );
  replaying = replay;
  return replay;
}

function takesOver(
  id: string,
  what: string,
  wait: (bed: Bed) => Promise<unknown>,
  more: Partial<FaultRow> = {},
): FaultRow {
  return {
    id: `S:build:${id}`,
    what,
    how: 'SIGKILL; a build with one activity more before the report, behind patched(), takes over; then an abort',
    needs: {},
    ...more,
    run: async (bed) => {
      const newer = await buildWith(NEWER);
      bed.plan.shift = { weights: [40, 100], everyMs: LONG_MS };
      if (id === 'approval')
        bed.plan.approvals = [{ before: 40, from: [], count: 1, notInitiator: true, onExpiry: 'hold' }];
      await bed.deliver();
      await wait(bed);
      await replaceWorker(bed, newer);
      assert.equal(await replayOn(newer, bed), undefined, 'the history of the older build does not replay');
      const asked = Date.now();
      await bed.act('abort');
      const { outcome } = await bed.result();
      assert.equal(outcome?.kind, 'aborted');
      const { events = [] } = await bed.sluice.handle(bed.plan).fetchHistory();
      const asks = events?.filter((event) => activityOf(event) === 'askWindow').length;
      assert.equal(asks, 1, 'the newer step did not run');
      return { outcome: 'aborted by the newer build', safeAfterS: seconds(asked, await bed.usersBack(asked)) };
    },
  };
}

function activityOf(event: {
  activityTaskScheduledEventAttributes?: { activityType?: { name?: string | null } | null } | null;
}) {
  return event.activityTaskScheduledEventAttributes?.activityType?.name;
}

const F126: FaultRow = {
  id: 'F126',
  what: 'the order of activities is changed without patched()',
  how: "a history at 50 % is replayed on a careless build, as the replay tier does; the build's worker takes over and is taken back",
  needs: {},
  limitS: 240,
  run: async (bed) => {
    const careless = await buildWith(CARELESS);
    bed.plan.shift.everyMs = LONG_MS;
    await bed.deliver();
    await bed.untilWeight(50);
    const refused = await replayOn(careless, bed);
    assert.ok(refused instanceof DeterminismViolationError, `the replay found nothing: ${refused}`);
    await replaceWorker(bed, careless);
    await sleep(8_000);
    assert.deepEqual(routed(bed), ['0', 'mirror', '0', '50'], 'the careless build moved something');
    await replaceWorker(bed);
    const back = Date.now();
    await promoted(bed);
    assert.deepEqual(routed(bed), WHOLE_WAY);
    return {
      outcome: 'replay finds it; its worker stands still; promoted by the right one',
      safeAfterS: seconds(back),
    };
  },
};

const F127: FaultRow = {
  id: 'F127',
  what: 'Sluice itself is rolled back under a newer history',
  how: 'a newer build runs to 50 % with one activity more behind patched(); the older one takes over; the newer one comes back',
  needs: {},
  limitS: 240,
  run: async (bed) => {
    const newer = await buildWith(NEWER_START);
    await replaceWorker(bed, newer);
    bed.plan.shift.everyMs = 4_000;
    await bed.deliver();
    await bed.untilWeight(50);
    await replaceWorker(bed);
    await sleep(8_000);
    assert.deepEqual(routed(bed), ['0', 'mirror', '0', '50'], 'the older build moved something');
    await replaceWorker(bed, newer);
    const back = Date.now();
    await promoted(bed);
    assert.deepEqual(routed(bed), WHOLE_WAY);
    return {
      outcome: 'the older one stands still and writes nothing; promoted by the newer one',
      safeAfterS: seconds(back),
    };
  },
};

const ACTIVITY = 'activities/support/activity.ts';

/** Every answer has a field more. */
const RICHER: SourceEdit[] = [
  { file: ACTIVITY, from: 'return await work(', to: 'const answer = await work(' },
  {
    file: ACTIVITY,
    from: `    } catch (error) {\n`,
    to: `      return (typeof answer === 'object' && answer ? { ...answer, later: { field: 1 } } : answer) as O;\n    } catch (error) {\n`,
  },
];

const F128: FaultRow = {
  id: 'F128',
  what: "activities answer with fields that the workflow's history does not know",
  how: 'a build whose intervals carry a field more takes over at 50 %, then the usual one at 100 %',
  needs: {},
  run: async (bed) => {
    const other = await buildWith(RICHER);
    bed.plan.shift.everyMs = 4_000;
    await bed.deliver();
    await bed.untilWeight(50);
    await replaceWorker(bed, other);
    const back = Date.now();
    await bed.untilWeight(100);
    await replaceWorker(bed);
    await promoted(bed);
    assert.deepEqual(routed(bed), WHOLE_WAY);
    return { outcome: 'promoted', safeAfterS: seconds(back) };
  },
};

/** What other builds differ in. */
export const BUILD_EDITS: readonly SourceEdit[][] = [NEWER, CARELESS, NEWER_START, RICHER];

export const BUILD_ROWS: FaultRow[] = [
  F126,
  F127,
  F128,
  takesOver('weight', 'the only worker is replaced by a newer build at 40 %', (bed) => bed.untilWeight(40)),
  takesOver('approval', 'the only worker is replaced by a newer build while an approval is waited for', (bed) =>
    bed.untilHeld(),
  ),
];
