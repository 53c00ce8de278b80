/** Stored histories as today's workflow code would have written them, for what compares every word of it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DefaultLogger, Runtime } from '@temporalio/worker';
import { type AuditFile, readAuditFile } from '../../src/audit/index.ts';
import { inPlaceOf, recordedIn, replay, type Said } from '../../src/audit/reexecute.ts';
import { verifyFile, type Witness } from '../../src/audit/verify.ts';
import type { Action } from '../../src/contract/action.ts';
import type { EventJson, RunJson } from '../../src/temporal/chain.ts';
import { workflowBundle } from '../../src/worker/bundle.ts';
import { buildOf, type Maker, ownMaker } from '../../src/worker/maker.ts';
import { testServer, vouched } from './authority.ts';

/** What the replayer has to say is in the findings. */
Runtime.install({
  logger: new DefaultLogger('ERROR', () => {}),
  telemetryOptions: { logging: { filter: 'ERROR', forward: {} } },
});

const AUDIT_SERVER = testServer();

type PayloadJson = { data: string };
interface Attributes {
  workflowId?: string;
  originalExecutionRunId?: string;
  acceptedRequest?: { input: { name: string; args: { payloads: PayloadJson[] } } };
  workerVersion?: { buildId: string };
}

/** Of an event: whatever its type. */
export function attributesOf(event: EventJson | undefined): Attributes {
  return Object.entries(event ?? {}).find(([name]) => name.endsWith('EventAttributes'))?.[1] as Attributes;
}

function decoded<T>({ data }: PayloadJson): T {
  return JSON.parse(Buffer.from(data, 'base64').toString());
}

export function encoded(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64');
}

/** Made by `maker`, statements with a real key, and every input and answer as the code gives it now. */
export async function runOfToday(name: string): Promise<RunJson & { own: Maker & { codePath: string } }> {
  const file = join(import.meta.dirname, '..', 'histories', `${name}.json`);
  const { events } = JSON.parse(readFileSync(file, 'utf8')) as { events: EventJson[] };
  const { workflowId = '', originalExecutionRunId: run = '' } = attributesOf(events[0]);
  const own = { ...(await ownMaker()), codePath: await workflowBundle() };
  for (const event of events) {
    const { workerVersion } = attributesOf(event);
    if (workerVersion) workerVersion.buildId = buildOf(own);
    await withStatement(event, workflowId);
  }
  const said: Said[] = [];
  const problem = await replay(events, workflowId, own.codePath, (one) => said.push(one));
  if (problem) throw problem;
  for (const recorded of events.flatMap(recordedIn)) {
    const same = said.findIndex(({ activity, text }) => activity === recorded.activity && text === recorded.text);
    const now = same >= 0 ? said[same] : inPlaceOf(recorded, said);
    if (!now) throw new Error(`${name}: the code of today says nothing like ${recorded.text}`);
    said.splice(said.indexOf(now), 1);
    const data = (text: string) => Buffer.from(text).toString('base64');
    const text = JSON.stringify(recorded.event).replace(data(recorded.text), data(now.text));
    Object.assign(recorded.event, JSON.parse(text));
  }
  return { run, events, own };
}

/** In place of the word that fake workers believe. */
async function withStatement(event: EventJson, workflowId: string): Promise<void> {
  const { acceptedRequest } = attributesOf(event);
  const [asked] = acceptedRequest?.input.name === 'action' ? acceptedRequest.input.args.payloads : [];
  const action = asked && decoded<Action>(asked);
  if (!asked || action?.actor.statement !== 'good') return;
  const [, cluster = '', namespace = '', name = ''] = workflowId.split('/');
  asked.data = encoded(await vouched(action, { namespace, name }, cluster, AUDIT_SERVER));
}

/** Places of the events of a type, from 0. */
export function placesOf(events: EventJson[], type: string, activity?: string): number[] {
  const scheduled = (event: EventJson): string | undefined => {
    const { activityType, scheduledEventId: id } = attributesOf(event) as {
      activityType?: { name: string };
      scheduledEventId?: string;
    };
    return activityType?.name ?? (id ? scheduled(events[Number(id) - 1] as EventJson) : undefined);
  };
  return events.flatMap((event, at) =>
    event.eventType === `EVENT_TYPE_${type}` && (!activity || scheduled(event) === activity) ? [at] : [],
  );
}

/** Changes the first payload of an event, wherever it has it. */
export function edit<T>(event: EventJson | undefined, change: (value: T) => void): void {
  const { acceptedRequest, ...attributes } = attributesOf(event) as Record<string, { payloads?: { data: string }[] }>;
  const args = (acceptedRequest as { input?: { args: { payloads: { data: string }[] } } } | undefined)?.input?.args;
  const [payload] = (args ?? attributes.result ?? attributes.input)?.payloads ?? [];
  if (!payload) throw new Error(`no payload in ${JSON.stringify(event)}`);
  const value = decoded<T>(payload);
  change(value);
  payload.data = encoded(value);
}

/** As `event N field: problem`. */
export async function foundIn(
  file: AuditFile,
  own: Parameters<typeof verifyFile>[1],
  witness?: Witness,
): Promise<string[]> {
  const read = readAuditFile(JSON.stringify(file));
  if (typeof read === 'string') throw new Error(read);
  const { findings } = await verifyFile(read, own, witness);
  return findings.map(({ event, field, problem }) => `${event ?? 'file'} ${field}: ${problem}`);
}

export interface Judged {
  verdict: string;
  requests: number;
  sentence: string;
}
