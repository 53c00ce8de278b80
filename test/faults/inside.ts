/** The half that runs inside the lab: runs rows side by side and stores each result as soon as it is there. */
import { assertKnown, chooseIds, type Shard, UnknownRow, WRONG_NAME } from './choose.ts';
import { inLanes } from './lanes.ts';
import { isDone, readResults, storeResult } from './results.ts';
import type { FaultRow } from './row.ts';
import { MINIMUM, ROWS } from './rows/index.ts';
import { type ActivityCalls, cleanRun, cleanRunId, pairRows, type Way } from './rows/pairs.ts';
import { WAYS } from './rows/ways.ts';
import { runRow } from './run-row.ts';
import { FaultStage } from './stage.ts';

export interface FaultRun {
  only?: string[];
  seed: number;
  shard?: Shard;
  lanes: number;
  /** Run what is done, too. */
  fresh: boolean;
  /** File of the results. */
  results: string;
  /** Folder for traces of what went wrong. */
  traces: string;
}

const options = JSON.parse(process.argv[2] ?? '{}') as FaultRun;
const only = options.only?.flatMap((name) => (name === 'minimum' ? MINIMUM : name));
const stop = new AbortController();
const stage = await FaultStage.open(options.seed);

// what the rows have started ends with them; the rows themselves are not waited for
process.once('SIGTERM', () => {
  stop.abort();
  stage.kill();
  process.exit(143);
});

try {
  await runAll();
} catch (error) {
  if (!(error instanceof UnknownRow)) throw error;
  console.error(`test:faults: ${error.message}`);
  process.exit(WRONG_NAME);
}
await stage.close();
// connections that a row left open must not keep the process
process.exit(0);

async function runAll(): Promise<void> {
  const prefixes = WAYS.map(({ prefix }) => prefix);
  assertKnown(
    only ?? [],
    ROWS.map(({ id }) => id),
    prefixes,
  );
  const wanted = ({ prefix }: Way) => only === undefined || only.some((name) => name.startsWith(`${prefix}:`));
  const calls = new Map<Way, ActivityCalls>();
  const clean = async (way: Way) => void calls.set(way, await callsOfCleanRun(way));
  await inLanes(WAYS.filter(wanted), options.lanes, clean, stop.signal);
  const pairs = WAYS.flatMap((way) => pairRows(way, calls.get(way) ?? {}, options.seed));
  const rows = [...ROWS, ...pairs];
  const names = only?.filter((name) => !name.endsWith(':clean'));
  const ids = chooseIds(
    rows.map(({ id }) => id),
    names,
    options.shard,
  );
  const known = readResults(options.results);
  const todo = rows
    .filter(({ id }) => ids.includes(id) && (options.fresh || !isDone(known.get(id), options.seed)))
    // long ones first, so that the lanes end together
    .sort((a, b) => (b.limitS ?? 0) - (a.limitS ?? 0));
  console.log(`${ids.length} rows, ${ids.length - todo.length} of them done before`);
  let left = todo.length;
  const run = async (row: FaultRow) => {
    await runAndStore(row);
    left -= 1;
    if (left > 0) console.log(`  ${left} to go`);
  };
  await inLanes(
    todo.filter(({ alone }) => !alone),
    options.lanes,
    run,
    stop.signal,
  );
  await inLanes(
    todo.filter(({ alone }) => alone),
    1,
    run,
    stop.signal,
  );
}

async function callsOfCleanRun(way: Way): Promise<ActivityCalls> {
  const known = readResults(options.results).get(cleanRunId(way));
  if (known?.activities && known.ok && !options.fresh) return known.activities;
  let calls: ActivityCalls | undefined;
  const clean = cleanRun(way, (found) => {
    calls = found;
  });
  await runAndStore(clean, () => calls);
  if (!calls) throw new Error(`the clean run ${way.what} went wrong, so there are no pairs`);
  return calls;
}

async function runAndStore(
  row: FaultRow,
  activities: () => ActivityCalls | undefined = () => undefined,
): Promise<void> {
  const result = await runRow(stage, row, options.traces);
  storeResult(options.results, { ...result, activities: activities() });
  const { id, ok, outcome, problems, seconds } = result;
  console.log(
    `${ok ? 'ok   ' : 'WRONG'} ${id.padEnd(8)} ${seconds.toFixed(0).padStart(4)} s  ${ok ? outcome : problems[0]}`,
  );
}
