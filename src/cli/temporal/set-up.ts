/** Prepares a Temporal namespace as far as the rights of whoever asks go. */
import type { Client } from '@temporalio/client';
import { SEARCH_ATTRIBUTES } from '../../contract/ids.ts';
import type { ReconcileInput } from '../../contract/reconcile.ts';
import { formatDuration } from '../../plan/duration.ts';
import { grpcStatus, PERMISSION_DENIED, ranOut, reason, UNAVAILABLE } from '../../temporal/calls.ts';
import { CliError } from '../errors.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { makeCurrent } from './current-version.ts';
import { putReconcileSchedule, removeReconcileSchedule } from './reconcile-schedule.ts';
import { registerSearchAttributes } from './search-attributes.ts';

export interface SetUp {
  added: string[];
  present: string[];
  reconcile?: string;
  currentVersion?: string;
  /** What could not be done; the rest was. */
  left: { what: string; why: string; remedy: string; code: ExitCode }[];
}

interface SetUpOptions {
  /** ms; `off`: no schedule. Absent: it stays as it is. */
  reconcile?: ReconcileInput & { every: number | 'off' };
  /** Build id, or `unversioned`. Absent: it stays as it is. */
  currentVersion?: string;
}

export async function setUp(client: Client, { reconcile, currentVersion: build }: SetUpOptions): Promise<SetUp> {
  const done: SetUp = { added: [], present: [], left: [] };
  const attributes = `let whoever may add ${SEARCH_ATTRIBUTES.join(', ')}, each a keyword`;
  await attempt(done, 'search attributes', attributes, async () =>
    Object.assign(done, await registerSearchAttributes(client)),
  );
  const again = (what: string) => `run this again as somebody who may ${what}`;
  if (reconcile)
    await attempt(done, 'the reconcile schedule', again('write schedules'), async () => {
      done.reconcile = await schedule(client, reconcile);
    });
  if (build !== undefined)
    await attempt(done, 'the current worker version', again('set it'), async () => {
      const changed = await makeCurrent(client, build === 'unversioned' ? undefined : build);
      done.currentVersion = `current worker version: ${build}${changed === 'unchanged' ? ', as before' : ''}`;
    });
  return done;
}

/** What Temporal says no to is left; without Temporal there is no rest to be done. */
async function attempt(done: SetUp, what: string, remedy: string, work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (error instanceof CliError) {
      done.left.push({ what, why: error.message, remedy: error.hint ?? remedy, code: error.code });
      return;
    }
    const status = grpcStatus(error);
    if (status === undefined || status === UNAVAILABLE || ranOut(error)) throw error;
    const code = status === PERMISSION_DENIED ? EXIT.notAllowed : EXIT.failed;
    done.left.push({ what, why: reason(error), remedy, code });
  }
}

async function schedule(client: Client, { every, ...input }: NonNullable<SetUpOptions['reconcile']>): Promise<string> {
  if (every === 'off') {
    const removed = await removeReconcileSchedule(client, input.cluster);
    return removed
      ? `removed the reconcile schedule of ${input.cluster}`
      : `${input.cluster} had no reconcile schedule`;
  }
  const result = await putReconcileSchedule(client, { ...input, everyMs: every });
  return `${result} the reconcile schedule of ${input.cluster}: every ${formatDuration(every)}${input.repair ? '' : ', report only'}`;
}
