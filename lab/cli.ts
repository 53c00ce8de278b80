/** `npm run lab -- up | down | status | shell | exec | logs | forward` */
import { Command } from 'commander';
import { execCommand, shellCommand } from './cli/exec.ts';
import { forwardCommand } from './cli/forward.ts';
import { logsCommand } from './cli/logs.ts';
import { partCommand } from './cli/part.ts';
import { downCommand, statusCommand, upCommand } from './cli/up.ts';
import { LabError } from './host/errors.ts';

const program = new Command('lab')
  .description('A Kubernetes cluster with Istio, Envoy, Prometheus and Temporal on this machine, without containers.')
  .option('--name <name>', 'which lab; labs of different names live side by side', 'default')
  .enablePositionalOptions()
  .showHelpAfterError('(see --help)');

const name = (): string => program.opts<{ name: string }>().name;

program
  .command('up')
  .description('build what is missing and start; returns when everything is ready')
  .option('--without <parts>', 'comma-separated parts to leave out, with what needs them')
  .option('--foreground', 'stay, and take everything down on Ctrl-C')
  .action((options: { without?: string; foreground?: boolean }) => upCommand({ ...options, name: name() }));
program
  .command('down')
  .description('end the lab and everything in it')
  .action(() => downCommand(name()));
program
  .command('status')
  .description('show the parts; exit code 0 when everything runs, 5 when not')
  .option('--output <format>', 'table or json', 'table')
  .action((options: { output: string }) => statusCommand(name(), options.output));
program
  .command('shell')
  .description('a shell inside, with kubectl and temporal pointed at the lab')
  .action(() => shellCommand(name()));
program
  .command('exec')
  .description('run one command inside; its exit code is returned')
  .passThroughOptions()
  .argument('<command...>')
  .action((argv: string[]) => execCommand(name(), argv));
program
  .command('logs')
  .description('show the log of a part or a pod; without one, which logs there are')
  .argument('[log]', 'istiod, pod/NAMESPACE/NAME, or pod/NAMESPACE/DEPLOYMENT for its newest pod')
  .option('-f, --follow', 'go on as it grows')
  .option('-n, --lines <count>', 'how many lines from the end', '50')
  .action((log: string | undefined, options: { follow?: boolean; lines: string }) => logsCommand(name(), log, options));
program
  .command('forward')
  .description('make ports inside reachable on 127.0.0.1 until Ctrl-C')
  .argument('[ports...]', 'PORT, or OUTSIDE:INSIDE; default: gateway, Prometheus, Temporal and its UI, API server')
  .action((ports: string[]) => forwardCommand(name(), ports));
program
  .command('part')
  .description('break and mend a part: stop, start, or a signal such as SIGSTOP')
  .argument('<part>')
  .argument('<action>', 'stop, start or a signal name')
  .action((part: string, action: string) => partCommand(name(), part, action));

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof LabError) {
    console.error(`lab: ${error.message}`);
    for (const line of error.details) console.error(`  ${line}`);
    process.exitCode = error.exitCode;
  } else if (error instanceof Error && error.name === 'AbortError') {
    console.error('lab: interrupted; nothing is left running');
    process.exitCode = 130;
  } else {
    throw error;
  }
}
