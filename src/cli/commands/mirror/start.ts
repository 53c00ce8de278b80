import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import type { Command } from 'commander';
import { WORKFLOW_QUEUE } from '../../../contract/ids.ts';
import { describeMirror, type MirrorSpec, type MirrorView, mirrorWorkflowId } from '../../../contract/mirror.ts';
import { CliError } from '../../errors.ts';
import { EXIT, type ExitCode } from '../../exit-codes.ts';
import { clean } from '../../render/text.ts';
import { type Settings, settingsOf } from '../../settings.ts';
import { findWorkers } from '../../temporal/find-workers.ts';
import { openTerminal, printData, type Terminal } from '../../terminal/terminal.ts';
import { followMirror, mirrorCode } from './follow.ts';
import type { MirrorFlags } from './options.ts';

type StartFlags = MirrorFlags & { by: string; wait?: boolean };

/** Inspection and write take well under a second where a worker is. */
const STARTED_WITHIN_MS = 20_000;
const LOOK_MS = 200;

export async function startMirror(name: string | undefined, flags: StartFlags, command: Command): Promise<void> {
  const settings = settingsOf(command);
  const { mirrorOf } = await import('./options.ts');
  const spec = await mirrorOf(name, flags, settings.cluster);
  const { withClient } = await import('../../temporal.ts');
  process.exitCode = await withClient(settings, (client) =>
    start(client, settings, openTerminal(settings), spec, flags),
  );
}

async function start(
  client: Client,
  settings: Settings,
  terminal: Terminal,
  spec: MirrorSpec,
  { by, wait }: StartFlags,
): Promise<ExitCode> {
  const { WorkflowExecutionAlreadyStartedError } = await import('@temporalio/client');
  const { within } = await import('../../../steering/calls.ts');
  const workflowId = mirrorWorkflowId(spec);
  const options = {
    workflowId,
    taskQueue: WORKFLOW_QUEUE,
    workflowIdConflictPolicy: 'FAIL',
    memo: { what: describeMirror(spec) },
    args: [{ spec, startedBy: `${by} · cli (unverified)` }],
  } as const;
  try {
    await within(client, () => client.workflow.start('mirror', options));
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    const shown = `${spec.namespace}/${spec.name}`;
    throw new CliError(
      EXIT.conflict,
      `the mirror ${shown} is on already`,
      `See it: sluice mirror get ${shown}. End it: sluice mirror stop ${shown}`,
    );
  }
  const view = await begun(client, workflowId);
  if (!view) return pending(client, settings, terminal, spec);
  if (view.outcome?.kind === 'refused') throw refusal(view);
  if (wait) return followMirror(client, settings, terminal, workflowId);
  return conclude(settings, terminal, view);
}

/** @returns undefined when nobody has looked at it yet */
async function begun(client: Client, workflowId: string): Promise<MirrorView | undefined> {
  const { mirrorSnapshot } = await import('./snapshot.ts');
  const endMs = Date.now() + STARTED_WITHIN_MS;
  for (;;) {
    const { view } = await mirrorSnapshot(client, workflowId);
    if (view && view.state !== 'starting') return view;
    if (Date.now() > endMs || !view) return undefined;
    await sleep(LOOK_MS);
  }
}

async function pending(
  client: Client,
  settings: Settings,
  terminal: Terminal,
  { namespace, name }: MirrorSpec,
): Promise<ExitCode> {
  const workers = await findWorkers(client, settings.cluster);
  const why = workers === 'none' ? 'no worker is polling' : 'no worker has answered yet';
  terminal.print(`${namespace}/${name}: stored, but ${why}. It starts when one does; its time counts from then.`);
  terminal.say(`See it: sluice mirror get ${namespace}/${name}`);
  return EXIT.unreachable;
}

function refusal({ problems, outcome, spec }: MirrorView): CliError {
  const lines = problems.map(({ where, problem, remedy }) => `  ${where} ${problem}; ${remedy}`);
  const text = lines.length > 0 ? `\n${lines.join('\n')}` : ` ${outcome?.reason ?? ''}`;
  return new CliError(
    EXIT.refused,
    `the mirror ${spec.namespace}/${spec.name} is refused:${text}`,
    'Nothing was changed.',
  );
}

function conclude(settings: Settings, terminal: Terminal, view: MirrorView): ExitCode {
  const { namespace, name } = view.spec;
  if (settings.output !== 'text') printData(terminal, settings, view);
  else terminal.print(clean(`${namespace}/${name}: ${view.sentence}`));
  for (const warning of view.warnings) terminal.say(`Warning: ${warning}`);
  if (view.state !== 'ended')
    terminal.say(
      `Watch it: sluice mirror get ${namespace}/${name} -w. End it: sluice mirror stop ${namespace}/${name}`,
    );
  return view.state === 'ended' ? mirrorCode(view) : EXIT.ok;
}
