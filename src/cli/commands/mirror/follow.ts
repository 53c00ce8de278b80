import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import type { Command } from 'commander';
import type { ActionAnswer } from '../../../contract/action.ts';
import { MIRROR_MESSAGES, type MirrorOutcomeKind, type MirrorStop, type MirrorView } from '../../../contract/mirror.ts';
import { CliError } from '../../errors.ts';
import { EXIT, type ExitCode } from '../../exit-codes.ts';
import { renderMirror, renderMirrors, sortMirrors } from '../../render/mirror.ts';
import { clean } from '../../render/text.ts';
import { type Settings, settingsOf } from '../../settings.ts';
import { interruptible } from '../../terminal/interruptible.ts';
import { Screen } from '../../terminal/screen.ts';
import { openTerminal, printData, printRows, type Terminal } from '../../terminal/terminal.ts';
import {
  findMirrors,
  type MirrorName,
  type MirrorSnapshot,
  mirrorIdOf,
  mirrorName,
  mirrorSnapshot,
} from './snapshot.ts';

const CODES: Record<MirrorOutcomeKind, ExitCode> = {
  ended: EXIT.ok,
  stopped: EXIT.aborted,
  'target-lost': EXIT.failed,
  failed: EXIT.failed,
  refused: EXIT.refused,
};

/** A mirror that ended without an outcome is unexpected. */
export function mirrorCode({ outcome }: MirrorView): ExitCode {
  return outcome ? CODES[outcome.kind] : EXIT.unexpected;
}

export async function getMirror(
  text: string,
  flags: { namespace?: string; watch?: boolean },
  command: Command,
): Promise<void> {
  const settings = settingsOf(command);
  const terminal = openTerminal(settings);
  const name = mirrorName(text, flags.namespace);
  const workflowId = mirrorIdOf(settings, name);
  const { withClient } = await import('../../temporal.ts');
  process.exitCode = await withClient(settings, (client) =>
    orNotFound(settings, name, () =>
      flags.watch
        ? followMirror(client, settings, terminal, workflowId)
        : showOnce(client, settings, terminal, workflowId),
    ),
  );
}

async function showOnce(client: Client, settings: Settings, terminal: Terminal, workflowId: string): Promise<ExitCode> {
  const snapshot = await mirrorSnapshot(client, workflowId);
  if (!snapshot.view) {
    const what = `The mirror is ${snapshot.status}, but ${snapshot.trouble ?? 'nobody can tell more'}.`;
    throw new CliError(
      EXIT.unreachable,
      what,
      'Nothing is lost: it ends at its time, at the latest when a worker is back. Start one with: sluice worker',
    );
  }
  show(settings, terminal, snapshot);
  if (snapshot.status === 'lost') terminal.say(lostWords(snapshot));
  return snapshot.status === 'lost' ? EXIT.unexpected : EXIT.ok;
}

function lostWords({ trouble }: MirrorSnapshot): string {
  return `The workflow is gone (${trouble}). Start the mirror again under the same name and stop it: that removes what is left.`;
}

function withLive({ view, live }: MirrorSnapshot): MirrorView | undefined {
  return view && { ...view, ...(view.state === 'running' && live?.numbers ? { numbers: live.numbers } : {}) };
}

function show(settings: Settings, terminal: Terminal, snapshot: MirrorSnapshot): void {
  const view = withLive(snapshot);
  if (!view) return;
  if (settings.output !== 'text') printData(terminal, settings, view);
  else for (const line of renderMirror(view, snapshot.live, terminal.look, new Date())) terminal.print(line);
}

const POLL_MS = 1_000;

/** Until the mirror has ended; Ctrl-C stops the watching alone. @returns the exit code of its outcome */
export async function followMirror(
  client: Client,
  settings: Settings,
  terminal: Terminal,
  workflowId: string,
): Promise<ExitCode> {
  const viewer = openViewer(settings, terminal);
  return interruptible(async (signal) => {
    for (;;) {
      const snapshot = await mirrorSnapshot(client, workflowId);
      viewer.show(snapshot);
      if (snapshot.status === 'lost') return lost(terminal, snapshot);
      if (snapshot.view?.state === 'ended') return mirrorCode(snapshot.view);
      await sleep(POLL_MS, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) return interrupted(terminal);
    }
  }).finally(() => viewer.close());
}

function lost(terminal: Terminal, snapshot: MirrorSnapshot): ExitCode {
  terminal.say(lostWords(snapshot));
  return EXIT.unexpected;
}

function interrupted(terminal: Terminal): ExitCode {
  terminal.say('Stopped watching. The mirror goes on.');
  return EXIT.interrupted;
}

interface Viewer {
  show(snapshot: MirrorSnapshot): void;
  close(): void;
}

/** A picture on a terminal, a line for every change elsewhere, and at the end the whole report. */
function openViewer(settings: Settings, terminal: Terminal): Viewer {
  if (settings.output === 'text' && process.stdout.isTTY && process.env.TERM !== 'dumb') return screenViewer(terminal);
  let last = '';
  return {
    show(snapshot) {
      const view = withLive(snapshot);
      if (!view) {
        if (snapshot.trouble && snapshot.trouble !== last)
          terminal.say(`${snapshot.trouble}; nothing is lost, the watching goes on`);
        last = snapshot.trouble ?? last;
        return;
      }
      const line =
        settings.output === 'text' ? `${view.state}: ${clean(view.sentence)}${progressOf(view)}` : JSON.stringify(view);
      if (line !== last) terminal.print(line);
      if (settings.output === 'text' && view.state === 'ended') show(settings, terminal, snapshot);
      last = line;
    },
    close: () => undefined,
  };
}

function progressOf({ state, numbers }: MirrorView): string {
  return state === 'running' && numbers ? ` ${clean(numbers.evidence)}` : '';
}

function screenViewer(terminal: Terminal): Viewer {
  const screen = new Screen(process.stdout);
  return {
    show({ view, live }) {
      if (!view) return;
      const { columns = 80, rows = 24 } = process.stdout;
      const look = { ...terminal.look, width: Math.min(columns, terminal.look.width) };
      screen.draw(renderMirror(view, live, look, new Date()).slice(0, Math.max(1, rows - 1)));
    },
    close: () => screen.close(),
  };
}

export async function listMirrors(flags: { namespace?: string; limit: number }, command: Command): Promise<void> {
  const settings = settingsOf(command);
  const terminal = openTerminal(settings);
  const { withClient } = await import('../../temporal.ts');
  const all = await withClient(settings, findMirrors);
  const meant = all.filter(
    ({ cluster, namespace }) =>
      cluster === settings.cluster && (flags.namespace === undefined || flags.namespace === namespace),
  );
  const shown = sortMirrors(meant).slice(0, flags.limit);
  if (settings.output !== 'text') return printRows(terminal, settings, shown);
  if (shown.length === 0) {
    const where = flags.namespace ? `, namespace ${flags.namespace}` : '';
    terminal.say(`No mirrors in cluster ${settings.cluster}${where}; asked Temporal at ${settings.temporalAddress}.`);
    return;
  }
  for (const line of renderMirrors(shown, terminal.look, new Date())) terminal.print(line);
}

export async function stopMirror(
  text: string,
  flags: { namespace?: string; by: string; reason?: string },
  command: Command,
): Promise<void> {
  const settings = settingsOf(command);
  const terminal = openTerminal(settings);
  const name = mirrorName(text, flags.namespace);
  const { withClient } = await import('../../temporal.ts');
  process.exitCode = await withClient(settings, (client) =>
    orNotFound(settings, name, () => stop(client, settings, terminal, name, flags)),
  );
}

/** A worker answers within milliseconds; without one the wish is stored as a signal. */
const ANSWER_TIMEOUT_MS = 5_000;

async function stop(
  client: Client,
  settings: Settings,
  terminal: Terminal,
  name: MirrorName,
  { by, reason }: { by: string; reason?: string },
): Promise<ExitCode> {
  const { WorkflowUpdateRPCTimeoutOrCancelledError } = await import('@temporalio/client');
  const { DEADLINE_EXCEEDED, grpcStatus, within } = await import('../../../steering/calls.ts');
  const handle = client.workflow.getHandle(mirrorIdOf(settings, name));
  const description = await within(client, () => handle.describe());
  if (description.status.name !== 'RUNNING')
    throw new CliError(
      EXIT.conflict,
      `the mirror ${name.namespace}/${name.name} is over`,
      `How it ended: sluice mirror get ${name.namespace}/${name.name}`,
    );
  const request: MirrorStop = { actor: { name: by, channel: 'cli' }, ...(reason === undefined ? {} : { reason }) };
  try {
    const call = () => handle.executeUpdate<ActionAnswer, [MirrorStop]>(MIRROR_MESSAGES.stop, { args: [request] });
    const answer = await within(client, call, ANSWER_TIMEOUT_MS);
    if (settings.output !== 'text') printData(terminal, settings, answer);
    else terminal.print(clean(answer.message));
    return EXIT.ok;
  } catch (error) {
    const unanswered =
      error instanceof WorkflowUpdateRPCTimeoutOrCancelledError || grpcStatus(error) === DEADLINE_EXCEEDED;
    if (!unanswered) throw error;
  }
  await within(client, () =>
    handle.signal<[string]>(MIRROR_MESSAGES.stop, `${reason ? `${reason} ` : ''}(sent by ${by} · cli)`),
  );
  throw new CliError(
    EXIT.unreachable,
    'stop is sent and stored; no worker confirms it yet.',
    'It has its effect as soon as a worker is back.',
  );
}

async function orNotFound<T>(settings: Settings, { namespace, name }: MirrorName, work: () => Promise<T>): Promise<T> {
  const { WorkflowNotFoundError } = await import('@temporalio/client');
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
    const where = `no mirror ${namespace}/${name} on cluster ${settings.cluster}`;
    throw new CliError(
      EXIT.notFound,
      where,
      'What there is: sluice mirror list. Another namespace: -n NAME, another cluster: --cluster NAME.',
    );
  }
}
