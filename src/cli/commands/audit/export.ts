import { writeFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { CliError } from '../../errors.ts';
import { EXIT, type ExitCode } from '../../exit-codes.ts';
import { connected, type Session } from '../../session.ts';
import { show } from '../../terminal/terminal.ts';
import { type ObjectName, orNotFound } from '../shared/object-name.ts';
import { planName, rolloutIdOf, whichRollout } from '../shared/plan-name.ts';

interface ExportFlags {
  namespace?: string;
  rollout?: string;
  out?: string;
}

export function addExport(audit: Command): void {
  audit
    .command('export <plan>')
    .description('write one file that anybody can verify: history, decisions, writes, plan, and a chain over them')
    .option('--out <file>', 'where to (default: named after the rollout)')
    .addHelpText('before', 'Example:\n  sluice audit export demo/reviews --rollout 7 --out reviews-7.audit.json\n')
    .addHelpText('after', '\n--rollout and --namespace as for `sluice audit`.')
    .action(async (plan: string, _flags: object, command: Command) => {
      const flags = command.optsWithGlobals<ExportFlags>();
      const name = await planName(plan, flags.namespace);
      await connected(command, (session) =>
        orNotFound(session, 'plan', name, () => exportRollout(session, name, flags)),
      );
    });
}

async function exportRollout(session: Session, name: ObjectName, flags: ExportFlags): Promise<ExitCode> {
  const { client, settings, terminal } = session;
  const [{ auditFile, readRollout }, { ownMaker }] = await Promise.all([
    import('../../../audit/index.ts'),
    import('../../../worker/maker.ts'),
  ]);
  const runs = await readRollout(client, rolloutIdOf(settings.cluster, name), whichRollout(name, flags.rollout));
  const file = auditFile(runs, await ownMaker());
  const { rollout, outcome, missing } = file.told;
  const out = flags.out ?? `${rollout ?? name.name}.audit.json`;
  await writeFile(out, `${JSON.stringify(file)}\n`, { flag: 'wx' }).catch((error: NodeJS.ErrnoException) => {
    const there = error.code === 'EEXIST';
    throw new CliError(EXIT.usage, there ? `${out} is there already` : `cannot write ${out}: ${error.code}`);
  });
  const summary = { file: out, rollout, outcome: outcome?.kind, head: outcome?.head, sluice: file.sluice };
  show(terminal, summary, () => [
    `${out}: ${rollout ?? name.name}, ${outcome?.kind ?? 'not ended yet'}, ${file.events.join(' + ')} events`,
    ...(outcome ? [`head up to the outcome: ${outcome.head}`] : []),
  ]);
  if (missing) terminal.say(`Temporal has forgotten the run ${missing} before it: the file begins after that.`);
  terminal.say(`Anybody can verify it: npx sluice@${file.sluice} audit verify ${out}`);
  return EXIT.ok;
}
