import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import type { AuditFile } from '../../../audit/index.ts';
import type { Verification, Witness } from '../../../audit/verify.ts';
import type { Maker } from '../../../worker/maker.ts';
import { CliError, unreadable } from '../../errors.ts';
import { EXIT } from '../../exit-codes.ts';
import { renderVerification } from '../../render/verification.ts';
import { settingsOf } from '../../settings.ts';
import { openTerminal, show } from '../../terminal/terminal.ts';

export function addVerify(audit: Command): void {
  audit
    .command('verify <file>')
    .description('check an exported file, and re-execute the workflow code against its history; needs no Temporal')
    .option('--head <hash>', 'as a notice of the result says it')
    .option('--key <key>', 'public key of the server that signed it, as sluice.yaml has it')
    .addHelpText('before', 'Example:\n  sluice audit verify reviews-7.audit.json --head 69e9c359…\n')
    .action((file: string, witness: Witness, command: Command) => verify(file, witness, command));
}

async function verify(name: string, witness: Witness, command: Command): Promise<void> {
  const [{ readAuditFile }, { verifyFile }, { ownMaker }, { workflowBundle }, { DefaultLogger, Runtime }] =
    await Promise.all([
      import('../../../audit/index.ts'),
      import('../../../audit/verify.ts'),
      import('../../../worker/maker.ts'),
      import('../../../worker/bundle.ts'),
      import('@temporalio/worker'),
    ]);
  const file = readAuditFile(await readFile(name, 'utf8').catch((error) => Promise.reject(unreadable(name, error))));
  if (typeof file === 'string')
    throw new CliError(EXIT.usage, `${name} is no audit file: ${file}`, 'Make one with: sluice audit export PLAN');
  // what it has to say is in the findings
  const telemetryOptions = { logging: { filter: 'ERROR', forward: {} } };
  Runtime.install({ logger: new DefaultLogger('ERROR', () => {}), telemetryOptions });
  const own = { ...(await ownMaker()), codePath: await workflowBundle() };
  const verification = await verifyFile(file, own, witness);
  const left = leftOut(file, own, name, verification);
  const terminal = openTerminal(settingsOf(command));
  const { sluice, bundle, exportedAt, told } = file;
  const { rollout, outcome } = told;
  const facts = { file: name, sluice, bundle, exportedAt, rollout, outcome, ...verification, left };
  show(terminal, facts, () => renderVerification(file, verification, left, terminal.look));
  const code = verification.findings.length > 0 ? EXIT.failed : left ? EXIT.refused : EXIT.ok;
  // a replayer that came to no end would keep the process
  process.stdout.write('', () => process.exit(code));
}

/** Why not all was re-executed, and who has the code that decided. Code that lies beside a file is never run. */
function leftOut(
  { sluice, bundle }: AuditFile,
  own: Maker,
  name: string,
  { executed }: Verification,
): string | undefined {
  if (executed)
    return executed.others > 0
      ? `${executed.others} decisions are of other workflow code, before an upgrade`
      : undefined;
  if (bundle === own.bundle) return 'no server can have written this history';
  if (sluice !== own.sluice)
    return `Sluice ${sluice} decided, this is ${own.sluice}; verify it with: npx sluice@${sluice} audit verify ${name}`;
  return `a build of ${sluice} with the workflow code ${bundle} decided, this one has ${own.bundle}`;
}
