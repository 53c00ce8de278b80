/**
 * Whether an audit file is as it was made, and whether its decisions follow from its history. It proves nothing of the records
 * themselves: what a worker has seen and written down is taken as it stands.
 */
import { historyFromJSON } from '@temporalio/common/lib/proto-utils.js';
import { readByNamedKey, readSeal } from '../authority/seal.ts';
import { unsigned } from '../authority/statement.ts';
import type { Action } from '../contract/action.ts';
import { eventsToJson, linkOf, type RunJson } from '../temporal/chain.ts';
import { asObject } from '../temporal/payload.ts';
import { lastMaker, type Maker } from '../worker/maker.ts';
import { type AuditFinding, compare } from './difference.ts';
import type { AuditFile } from './file.ts';
import { type Reexecuted, reexecute } from './reexecute.ts';
import { type ToldRollout, tellRollout } from './told.ts';

export interface Verification {
  findings: AuditFinding[];
  /** Absent: nothing was re-executed, as another program has the code, or the history is none. */
  executed?: Omit<Reexecuted, 'findings'>;
  /** Public key of the server that signed it. */
  signedBy?: string;
}

/** What somebody knows from elsewhere. */
export interface Witness {
  /** Up to the outcome, as a notice says it. */
  head?: string;
  /** Public key of the server that signs, as the installation has it. */
  key?: string;
}

/** @param own what this program re-executes with, and where that is */
export async function verifyFile(
  file: AuditFile,
  own: Maker & { codePath: string },
  witness: Witness = {},
): Promise<Verification> {
  const runs = file.runs.map(({ run, events }) => ({ run, events: events.map(({ event }) => event) }));
  const order = orderFindings(runs);
  const { signedBy, ...signed } = await signatureOf(file, witness);
  const findings = [...chainFindings(file), ...signed.findings, ...order];
  if (order.length > 0) return { findings, signedBy };
  const told = tellRollout(
    runs,
    file.runs.map(({ events }) => events),
  );
  findings.push(...toldFindings(file, runs, told), ...(await statementFindings(told)));
  if (witness.head)
    findings.push(...compare(told.outcome ?? {}, 'hash', [told.outcome?.head, witness.head], 'the notice says'));
  if (file.bundle !== own.bundle) return { findings, signedBy };
  const executed = { compared: 0, others: 0 };
  for (const run of runs) {
    const one = await reexecute(run, file.workflow, own.codePath, own.bundle);
    findings.push(...one.findings);
    executed.compared += one.compared;
    executed.others += one.others;
  }
  return { findings, executed, signedBy };
}

async function signatureOf({ signature, head }: AuditFile, { key }: Witness): Promise<Verification> {
  const read = signature === undefined ? undefined : await readSeal(signature);
  const forged = signature === undefined ? [] : compare({}, 'signature', [head, read?.said.head], 'the server signed');
  const signedBy = read?.key;
  return {
    findings: [...forged, ...(key ? compare({}, 'signature', [signedBy, key], 'the key should be') : [])],
    signedBy,
  };
}

/** Each event against the hash that stands before it, so that what was changed in one place is found in one place. */
function chainFindings({ runs, head, told: _told, signature: _signature, ...header }: AuditFile): AuditFinding[] {
  let before = '';
  const findings = runs.flatMap(({ run, events }) =>
    events.flatMap(({ hash, event }): AuditFinding[] => {
      const fits = linkOf(before, run, event) === hash;
      before = hash;
      return fits ? [] : [{ run, event: Number(event.eventId), field: 'hash', problem: BROKEN }];
    }),
  );
  const counts = runs.map(({ events }) => events.length);
  findings.push(...compare({}, 'events', [counts, header.events], 'it was made with'));
  return linkOf(before, header) === head ? findings : [...findings, { field: 'head', problem: NOT_THE_HEAD }];
}

const BROKEN =
  'the chain was made over another: this event was changed, or one before it was put in, left out or moved';
const NOT_THE_HEAD = 'it is that of another header or last event: what stands before runs was changed, or the end';

/** Temporal numbers the events of a run from 1, and the workflow task that begins is the next to end; it writes nothing that it cannot read. */
function orderFindings(runs: readonly RunJson[]): AuditFinding[] {
  return runs.flatMap(({ run, events }, index) =>
    events.flatMap((event, at): AuditFinding[] => {
      const about = { run, event: at + 1 };
      const number = compare(about, 'eventId', [event.eventId, String(at + 1)], 'in its place is');
      if (number.length > 0) return at > 0 && Number(events[at - 1]?.eventId) !== at ? [] : number;
      const { newExecutionRunId: id, input } = asObject<NextRun>(event.workflowExecutionContinuedAsNewEventAttributes);
      const next = at === events.length - 1 ? runs[index + 1] : undefined;
      const begun = asObject<NextRun>(next?.events[0]?.workflowExecutionStartedEventAttributes);
      const open = events[at - 1]?.workflowTaskStartedEventAttributes && !ENDS_A_TASK.test(String(event.eventType));
      return [
        ...compare(about, 'event', [event, readAgain(event)], 'Temporal would write'),
        ...(next
          ? compare(
              about,
              'next',
              [
                { id, input },
                { id: next.run, input: begun.input },
              ],
              'what follows has',
            )
          : []),
        ...(open ? [{ ...about, field: 'eventType', problem: 'it cannot follow the start of a workflow task' }] : []),
      ];
    }),
  );
}

/** What a run hands to the next, and what that one begins with. */
interface NextRun {
  newExecutionRunId: string;
  input: unknown;
}

const ENDS_A_TASK = /WORKFLOW_TASK_(COMPLETED|FAILED|TIMED_OUT)$|EXECUTION_(TERMINATED|TIMED_OUT)$/;

function readAgain(event: RunJson['events'][number]): unknown {
  try {
    return eventsToJson(historyFromJSON({ events: [event] }))[0];
  } catch {
    return undefined;
  }
}

/** What the file says of the history, against what the history says: by whom and where it was decided, and all that it tells. */
function toldFindings(file: AuditFile, runs: readonly RunJson[], told: ToldRollout): AuditFinding[] {
  const { sluice, bundle, workflow } = file;
  const who = 'its history says';
  const each = (prefix: string, said: object, known: object) =>
    Object.keys({ ...known, ...said }).flatMap((name) => {
      const pair = [said, known].map((one) => (one as Record<string, unknown>)[name]) as [unknown, unknown];
      return compare({}, prefix + name, pair, who);
    });
  const { records = [] } = file.told as Partial<ToldRollout>;
  return [
    ...each('', { sluice, bundle, workflow }, { ...lastMaker(runs, file), workflow: told.workflow }),
    ...each('told.', { ...file.told, records: records.length }, { ...told, records: told.records.length }),
    ...told.records.flatMap((record, at) => compare(record, `told.records[${at}]`, [records[at], record], who)),
  ];
}

/** Statements by which actions were allowed, against these actions; whose key it is, the installation says. */
async function statementFindings({ records }: ToldRollout): Promise<AuditFinding[]> {
  const proven = records.flatMap(({ run, event, action }) => (action ? [{ about: { run, event }, action }] : []));
  const found = proven.map(async ({ about, action }) => {
    const read = await readByNamedKey<{ action: Action }>('sluice-action', action.actor.statement ?? '');
    return compare(about, 'action', [unsigned(action), read?.said.action], 'the server stated');
  });
  return (await Promise.all(found)).flat();
}
