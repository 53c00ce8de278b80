/**
 * Whether an audit file is as it was made, and whether its decisions follow from its history. It proves nothing of the records
 * themselves: what a worker has seen and written down is taken as it stands.
 */
import { historyFromJSON } from '@temporalio/common/lib/proto-utils.js';
import { keyIdOf, readStatement, unsigned } from '../authority/statement.ts';
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
}

/**
 * @param own what this program re-executes with, and where that is
 * @param head up to the outcome, as a notice says it; absent: not compared
 */
export async function verifyFile(
  file: AuditFile,
  own: Maker & { codePath: string },
  head?: string,
): Promise<Verification> {
  const runs = file.runs.map(({ run, events }) => ({ run, events: events.map(({ event }) => event) }));
  const order = orderFindings(runs);
  const findings = [...chainFindings(file), ...order];
  if (order.length > 0) return { findings };
  const told = tellRollout(
    runs,
    file.runs.map(({ events }) => events),
  );
  findings.push(
    ...headerFindings(file, runs, told),
    ...toldFindings(file.told, told),
    ...(await statementFindings(told)),
  );
  if (head) findings.push(...compare(told.outcome ?? {}, 'hash', [told.outcome?.head, head], 'the notice says'));
  if (file.bundle !== own.bundle) return { findings };
  const executed = { compared: 0, others: 0 };
  for (const run of runs) {
    const one = await reexecute(run, file.workflow, own.codePath, own.bundle);
    findings.push(...one.findings);
    executed.compared += one.compared;
    executed.others += one.others;
  }
  return { findings, executed };
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
      const { newExecutionRunId: next } = asObject<{ newExecutionRunId: string }>(
        event.workflowExecutionContinuedAsNewEventAttributes,
      );
      const goesOn = at === events.length - 1 && index < runs.length - 1;
      const open = events[at - 1]?.workflowTaskStartedEventAttributes && !ENDS_A_TASK.test(String(event.eventType));
      return [
        ...compare(about, 'event', [event, readAgain(event)], 'Temporal would write'),
        ...(goesOn ? compare(about, 'newExecutionRunId', [next, runs[index + 1]?.run], 'what follows is') : []),
        ...(open ? [{ ...about, field: 'eventType', problem: 'it cannot follow the start of a workflow task' }] : []),
      ];
    }),
  );
}

const ENDS_A_TASK = /WORKFLOW_TASK_(COMPLETED|FAILED|TIMED_OUT)$|EXECUTION_(TERMINATED|TIMED_OUT)$/;

function readAgain(event: RunJson['events'][number]): unknown {
  try {
    return eventsToJson(historyFromJSON({ events: [event] }))[0];
  } catch {
    return undefined;
  }
}

/** Version, bundle and id, where the history says by whom and where it was decided. */
function headerFindings(
  { sluice, bundle, workflow }: AuditFile,
  runs: readonly RunJson[],
  told: ToldRollout,
): AuditFinding[] {
  const { sluice: version, bundle: code } = lastMaker(runs, { sluice, bundle });
  return [
    ...compare({}, 'sluice', [sluice, version], 'its history was decided by'),
    ...compare({}, 'bundle', [bundle, code], 'its history was decided by'),
    ...compare({}, 'workflow', [workflow, told.workflow], 'its history is of'),
  ];
}

/** What the file says of the history, against what the history says. */
function toldFindings(
  { records = [], ...file }: Partial<ToldRollout>,
  { records: again, ...told }: ToldRollout,
): AuditFinding[] {
  const who = 'its history says';
  return [
    ...Object.keys({ ...told, ...file }).flatMap((name) =>
      compare({}, `told.${name}`, [file[name as keyof typeof file], told[name as keyof typeof told]], who),
    ),
    ...again.flatMap((record, at) => compare(record, `told.records[${at}]`, [records[at], record], who)),
    ...compare({}, 'told.records.length', [records.length, again.length], who),
  ];
}

/** Statements by which actions were allowed, against these actions; whose key it is, the installation says. */
async function statementFindings({ records }: ToldRollout): Promise<AuditFinding[]> {
  const proven = records.flatMap(({ run, event, action }) => (action ? [{ about: { run, event }, action }] : []));
  const found = proven.map(async ({ about, action }) => {
    const statement = action.actor.statement ?? '';
    const said = await readStatement(statement, keyIdOf(statement) ?? '');
    return compare(about, 'action', [unsigned(action), said?.action], 'the server stated');
  });
  return (await Promise.all(found)).flat();
}
