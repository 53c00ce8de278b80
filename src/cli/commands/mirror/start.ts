import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import type { Command } from 'commander';
import { WORKFLOW_QUEUE } from '../../../contract/ids.ts';
import { type MirrorWorkflow, WORKFLOWS } from '../../../contract/messages.ts';
import { describeMirror, type MirrorSpec, type MirrorView, mirrorWorkflowId } from '../../../contract/mirror.ts';
import { CliError } from '../../errors.ts';
import { EXIT, type ExitCode } from '../../exit-codes.ts';
import { clean } from '../../render/text.ts';
import { serverOption } from '../../server/find-server.ts';
import { statementFor } from '../../server/statement-for.ts';
import { connected, type Session } from '../../session.ts';
import { settingsOf } from '../../settings.ts';
import { findWorkers } from '../../temporal/find-workers.ts';
import { show } from '../../terminal/terminal.ts';
import { byOption, namespaceOption, wholeValue } from '../shared/options.ts';
import { followMirror, mirrorCode } from './follow.ts';
import { destinationValue, headerValue, listValue, type MirrorFlags, mirrorOf } from './options.ts';
import { mirrorSnapshot } from './snapshot.ts';

type StartFlags = MirrorFlags & { by: string; wait?: boolean; server?: string };

/** Inspection and write take well under a second where a worker is. */
const STARTED_WITHIN_MS = 20_000;
const LOOK_MS = 200;

export function addMirrorStart(mirror: Command): void {
  mirror
    .command('start [name]')
    .description('start a mirror; users get the same answers as before')
    .option('-f, --file <file>', 'a file of kind MirrorPlan instead of the options below')
    .addOption(namespaceOption('the mirror and its route'))
    .option('--route <kind/name>', 'VirtualService/NAME, HTTPRoute/NAME or GRPCRoute/NAME')
    .option('--rule <name>', 'only this rule of the route; repeat it for more', listValue)
    .option('--from <destination>', 'who serves the requests: HOST, HOST:SUBSET or HOST:PORT', destinationValue)
    .option(
      '--to <destination>',
      'who gets the copies: the same forms, HOST.NAMESPACE or a host outside',
      destinationValue,
    )
    .option('--percent <number>', 'share of the requests that are copied (default: 100)', wholeValue(1))
    .option('--for <duration>', 'end after this long, for example 60s (default: until it is stopped)')
    .option('--method <method>', 'copy only this method; repeat it for more', listValue)
    .option('--path-prefix <path>', 'copy only requests whose path begins so')
    .option('--header <name=value>', 'copy only requests with this header; repeat it for more', headerValue)
    .option('--unsafe-methods', 'copy POST, PUT and the like too: the target does it all a second time')
    .option('--source <name>', 'metric source that the numbers come from (default: default)')
    .option('--prometheus <url>', 'its address instead, where the installation allows that')
    .addOption(serverOption())
    .addOption(byOption())
    .option('--wait', 'wait until it has ended; the exit code tells how')
    .addHelpText(
      'before',
      'Examples:\n' +
        '  sluice mirror start watch -n weather --route VirtualService/forecast-route --from forecast:v2 --to forecast:v1 \\\n' +
        '    --for 60s --prometheus http://prometheus:9090\n' +
        '  sluice mirror start -f mirror.yaml --wait\n',
    )
    .addHelpText(
      'after',
      '\nOnly GET, HEAD and OPTIONS are copied unless --unsafe-methods is given. The mirror ends at its time although every\n' +
        'process of Sluice is down: at the latest when a worker is back.\n' +
        'With --wait: 0 its time was over, 11 stopped, 3 target lost or route changed by others, 12 refused.',
    )
    .action(async (name: string | undefined, flags: StartFlags, self: Command) => {
      const spec = await mirrorOf(name, flags, settingsOf(self).cluster);
      return connected(self, (session) => start(session, spec, flags));
    });
}

async function start(session: Session, spec: MirrorSpec, { by, wait, server }: StartFlags): Promise<ExitCode> {
  const { client } = session;
  const order = { right: 'mirror', what: spec, forMs: STARTED_WITHIN_MS } as const;
  const statement = await statementFor(server, session.settings, order);
  const { WorkflowExecutionAlreadyStartedError } = await import('@temporalio/client');
  const { within } = await import('../../../temporal/calls.ts');
  const workflowId = mirrorWorkflowId(spec);
  const options = {
    workflowId,
    taskQueue: WORKFLOW_QUEUE,
    workflowIdConflictPolicy: 'FAIL',
    memo: { what: describeMirror(spec) },
    args: [{ spec, startedBy: `${by} · cli`, statement }],
  } as const;
  try {
    await within(client, () => client.workflow.start<MirrorWorkflow>(WORKFLOWS.mirror, options));
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
  if (!view) return pending(session, spec);
  if (view.outcome?.kind === 'refused') throw refusal(view);
  if (wait) return followMirror(session, workflowId);
  return conclude(session, view);
}

/** @returns undefined when nobody has looked at it yet */
async function begun(client: Client, workflowId: string): Promise<MirrorView | undefined> {
  const endMs = Date.now() + STARTED_WITHIN_MS;
  for (;;) {
    const { view } = await mirrorSnapshot(client, workflowId);
    if (view && view.state !== 'starting') return view;
    if (Date.now() > endMs || !view) return undefined;
    await sleep(LOOK_MS);
  }
}

async function pending({ client, settings, terminal }: Session, { namespace, name }: MirrorSpec): Promise<ExitCode> {
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

function conclude({ terminal }: Session, view: MirrorView): ExitCode {
  const { namespace, name } = view.spec;
  show(terminal, view, () => [clean(`${namespace}/${name}: ${view.sentence}`)]);
  for (const warning of view.warnings) terminal.say(`Warning: ${warning}`);
  if (view.state !== 'ended')
    terminal.say(
      `Watch it: sluice mirror get ${namespace}/${name} -w. End it: sluice mirror stop ${namespace}/${name}`,
    );
  return view.state === 'ended' ? mirrorCode(view) : EXIT.ok;
}
