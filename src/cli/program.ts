import { Command } from 'commander';
import { addAbort } from './commands/abort.ts';
import { addAcknowledge } from './commands/acknowledge.ts';
import { addAdopt } from './commands/adopt.ts';
import { addAnswer } from './commands/answer.ts';
import { addApprove } from './commands/approve.ts';
import { addAudit } from './commands/audit/index.ts';
import { addDev } from './commands/dev.ts';
import { addDoctor } from './commands/doctor.ts';
import { addGet } from './commands/get.ts';
import { addHealthcheck } from './commands/healthcheck/index.ts';
import { addHooks } from './commands/hooks.ts';
import { addImport } from './commands/import.ts';
import { addInstallation } from './commands/installation.ts';
import { addJudge } from './commands/judge/index.ts';
import { addKey } from './commands/key.ts';
import { addList } from './commands/list.ts';
import { addLogin } from './commands/login.ts';
import { addLogout } from './commands/logout.ts';
import { addMirror } from './commands/mirror/index.ts';
import { addNotify } from './commands/notify.ts';
import { addPause } from './commands/pause.ts';
import { addPlan } from './commands/plan/index.ts';
import { addPromote } from './commands/promote.ts';
import { addReconcile } from './commands/reconcile.ts';
import { addReject } from './commands/reject.ts';
import { addResume } from './commands/resume.ts';
import { addRetry } from './commands/retry.ts';
import { addRun } from './commands/run.ts';
import { addServer } from './commands/server.ts';
import { addSetWeight } from './commands/set-weight.ts';
import { addSetup } from './commands/setup.ts';
import { addToken } from './commands/token.ts';
import { addVersion } from './commands/version.ts';
import { addWatch } from './commands/watch.ts';
import { addWorker } from './commands/worker.ts';
import { addWorkers } from './commands/workers.ts';
import { EXIT_HELP } from './exit-codes.ts';
import { addGlobalOptions, CONNECTION_HELP } from './settings.ts';

const EXAMPLES = `Examples:
  sluice dev --plans ./plans                          everything on this machine
  sluice doctor reviews.yaml                          could it be rolled out?
  sluice run reviews.yaml --image reviews:v2 -w       roll out and watch
  sluice get demo/reviews -w                          watch what runs
  sluice pause demo/reviews --reason "high latency"   hold it where it is
  sluice abort demo/reviews --reason "errors"         users back, canary to zero
`;

/** The command line. Commands load what they need when they run, so that help and usage errors come at once. */
export function createProgram(): Command {
  const program = new Command('sluice')
    .description('Durable progressive delivery for Kubernetes.')
    .addHelpText('before', EXAMPLES)
    .addHelpText('after', `\n${CONNECTION_HELP}\n\n${EXIT_HELP}`)
    .configureHelp({ showGlobalOptions: true })
    .showHelpAfterError('Help: sluice --help, or sluice COMMAND --help')
    .exitOverride();
  addGlobalOptions(program);
  for (const add of [
    addRun,
    addGet,
    addList,
    addPause,
    addResume,
    addAbort,
    addApprove,
    addReject,
    addPromote,
    addRetry,
    addAnswer,
    addAcknowledge,
    addSetWeight,
    addMirror,
    addAudit,
    addJudge,
    addPlan,
    addImport,
    addAdopt,
    addInstallation,
    addDoctor,
    addHooks,
    addNotify,
    addLogin,
    addLogout,
    addKey,
    addToken,
    addReconcile,
    addDev,
    addServer,
    addWorker,
    addWatch,
    addWorkers,
    addHealthcheck,
    addSetup,
    addVersion,
  ])
    add(program);
  return program;
}
