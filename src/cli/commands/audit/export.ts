import type { Command } from 'commander';
import type { AuditFile } from '../../../audit/index.ts';
import { EXIT, type ExitCode } from '../../exit-codes.ts';
import { findServer, serverOption } from '../../server/find-server.ts';
import { connected, type Session } from '../../session.ts';
import { settingsOf } from '../../settings.ts';
import { openTerminal, show, type Terminal } from '../../terminal/terminal.ts';
import { auditsDir, type InstallationFlags } from '../shared/installation.ts';
import { type ObjectName, orNotFound } from '../shared/object-name.ts';
import { planName, rolloutIdOf } from '../shared/plan-name.ts';
import { writeNewFile } from '../shared/write-new.ts';

interface ExportFlags extends InstallationFlags {
  namespace?: string;
  rollout?: string;
  server?: string;
  out?: string;
}

export function addExport(audit: Command): void {
  audit
    .command('export <plan>')
    .description('write one file that anybody can verify: history, decisions, writes, plan, and a chain over them')
    .option('--out <file>', 'where to (default: named after the rollout)')
    .addOption(serverOption('server that reads it and signs it (default: sluice dev, if it runs here)'))
    .addHelpText('before', 'Example:\n  sluice audit export demo/reviews --rollout 7 --out reviews-7.audit.json\n')
    .addHelpText('after', '\n--rollout and --namespace as for `sluice audit`. Without a server nobody signs it.')
    .action((plan: string, _flags: object, command: Command) => exportRollout(plan, command));
}

async function exportRollout(plan: string, command: Command): Promise<void> {
  const flags = command.optsWithGlobals<ExportFlags>();
  const name = await planName(plan, flags.namespace);
  const settings = settingsOf(command);
  const server = await findServer(flags.server, settings);
  if (!server)
    return connected(command, (session) => orNotFound(session, 'plan', name, () => fromTemporal(session, name, flags)));
  const { askServer, rolloutPath } = await import('../../server/ask-server.ts');
  const which = flags.rollout === undefined ? '' : `?rollout=${encodeURIComponent(flags.rollout)}`;
  const path = `${rolloutPath(settings.cluster, name)}/audit${which}`;
  const { answer } = await askServer<AuditFile>(server.url, path, server.token);
  const terminal = openTerminal(settings);
  const forgotten = answer.signature === undefined;
  if (forgotten) terminal.say(`Temporal has forgotten it. As exported for the server at ${answer.exportedAt}.`);
  process.exitCode = await write(answer, flags, terminal);
}

async function fromTemporal(
  { client, settings, terminal }: Session,
  name: ObjectName,
  flags: ExportFlags,
): Promise<ExitCode> {
  const { auditFile, findAudit } = await import('../../../audit/index.ts');
  const { ownMaker } = await import('../../../worker/maker.ts');
  const dir = await auditsDir(flags, terminal);
  const { runs, kept } = await findAudit(client, rolloutIdOf(settings.cluster, name), flags.rollout, dir);
  if (kept) terminal.say(`Temporal has forgotten it. As exported at ${kept.file.exportedAt}: ${kept.path}`);
  return write(kept?.file ?? auditFile(runs, await ownMaker()), flags, terminal);
}

async function write(file: AuditFile, flags: ExportFlags, terminal: Terminal): Promise<ExitCode> {
  const { rollout = 'rollout', outcome, missing } = file.told;
  // a server elsewhere names no other folder
  const out = flags.out ?? `${rollout.replace(/[^\w.-]/g, '-')}.audit.json`;
  await writeNewFile(out, `${JSON.stringify(file)}\n`);
  const signed = file.signature !== undefined;
  const ended = outcome ? `${outcome.kind}, head up to the outcome ${outcome.head}` : 'not ended yet';
  show(terminal, { file: out, rollout, ...outcome, signed }, () => [
    `${out}: ${rollout}, ${ended}, ${signed ? 'signed' : 'not signed'}`,
  ]);
  if (missing) terminal.say(`Temporal has forgotten the run ${missing} before it: the file begins after that.`);
  terminal.say(`Anybody can verify it: npx sluice@${file.sluice} audit verify ${out}`);
  return EXIT.ok;
}
