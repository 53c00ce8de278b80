/** Runs one row: makes its bed, lets it happen, and holds the trace against the invariants. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isFailed } from '../../lab/prober/record.ts';
import { Bed } from './bed.ts';
import { INVARIANT_IDS, type Trace, violations } from './oracles/index.ts';
import { type FaultRow, type Finding, NothingShown, type RowResult } from './row.ts';
import type { FaultStage } from './stage.ts';

const LIMIT_S = 150;

/** Which calls a way has is a matter of moments: a row that met none is made again, this often at most. */
const MOST_TRIES = 4;

/** @param traces folder for the trace of a row that went wrong; absent: it is not kept */
export async function runRow(stage: FaultStage, row: FaultRow, traces?: string): Promise<RowResult> {
  for (let tries = 1; ; tries += 1) {
    const { result, shown } = await tryRow(stage, row, traces);
    if (shown || tries === MOST_TRIES) return result;
  }
}

async function tryRow(
  stage: FaultStage,
  row: FaultRow,
  traces?: string,
): Promise<{ result: RowResult; shown: boolean }> {
  const started = Date.now();
  const checked = INVARIANT_IDS.filter((id) => !row.exempt?.[id]);
  const problems: string[] = [];
  let finding: Finding = { outcome: 'failed to run' };
  let trace: Trace | undefined;
  let bed: Bed | undefined;
  let shown = true;
  try {
    bed = await Bed.make(stage, row);
    finding = await within(row.run(bed), row.limitS ?? LIMIT_S);
  } catch (error) {
    shown = !(error instanceof NothingShown);
    problems.push(error instanceof Error ? error.message : String(error));
  }
  try {
    trace = await bed?.trace();
    if (trace) problems.push(...violations(trace, checked), ...unansweredUsers(row, trace));
  } catch (error) {
    problems.push(`no trace: ${error}`);
  } finally {
    await bed?.close();
  }
  const probes = trace?.probes ?? [];
  const { id, what, how, usersMayFail, exempt } = row;
  const result: RowResult = {
    ...{ id, what, how, ok: problems.length === 0, ...finding },
    sent: probes.length,
    failed: probes.filter(isFailed).length,
    ...{ usersMayFail, checked, exempt, problems },
    seconds: (Date.now() - started) / 1000,
    seed: stage.seed,
    at: new Date(started).toISOString(),
  };
  if (!result.ok && trace && traces) await keep(traces, id, trace);
  return { result, shown };
}

function unansweredUsers({ usersMayFail }: FaultRow, { probes }: Trace): string[] {
  if (probes.length === 0) return ['no request of a user was recorded'];
  const failed = probes.filter(isFailed);
  if (usersMayFail || failed.length === 0) return [];
  const [first] = failed;
  return [`${failed.length} of ${probes.length} requests of users failed, the first: ${first?.error ?? first?.status}`];
}

async function within<T>(work: Promise<T>, seconds: number): Promise<T> {
  const late = new AbortController();
  const timeout = sleep(seconds * 1_000, undefined, { signal: late.signal }).then(() => {
    throw new Error(`not over after ${seconds} s`);
  });
  timeout.catch(() => undefined);
  return Promise.race([work, timeout]).finally(() => late.abort());
}

async function keep(folder: string, id: string, trace: Trace): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, `${id.replaceAll(':', '-')}.json`), JSON.stringify(trace, undefined, 1));
}
