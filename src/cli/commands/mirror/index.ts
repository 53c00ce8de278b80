import { type Command, InvalidArgumentError } from 'commander';
import { loginName } from '../../settings.ts';
import { getMirror, listMirrors, stopMirror } from './follow.ts';
import { destinationOption, headerOption, listOption, type MirrorFlags, routeOption } from './options.ts';
import { startMirror } from './start.ts';

/** `sluice mirror start|get|list|stop`: copies of live traffic for their own sake. */
export function addMirror(program: Command): void {
  const mirror = program.command('mirror').description('copy live traffic to another destination for a while');
  addStart(mirror);
  addGet(mirror);
  addList(mirror);
  addStop(mirror);
}

function addStart(mirror: Command): void {
  mirror
    .command('start [name]')
    .description('start a mirror; users get the same answers as before')
    .option('-f, --file <file>', 'a file of kind MirrorPlan instead of the options below')
    .option('-n, --namespace <name>', 'Kubernetes namespace of the mirror and its route (default: "default")')
    .option('--route <kind/name>', 'VirtualService/NAME, HTTPRoute/NAME or GRPCRoute/NAME', routeOption)
    .option('--rule <name>', 'only this rule of the route; repeat it for more', listOption)
    .option('--from <destination>', 'who serves the requests: HOST, HOST:SUBSET or HOST:PORT', destinationOption)
    .option(
      '--to <destination>',
      'who gets the copies: the same forms, HOST.NAMESPACE or a host outside',
      destinationOption,
    )
    .option('--percent <number>', 'share of the requests that are copied (default: 100)', numberOption)
    .option('--for <duration>', 'end after this long, for example 60s (default: until it is stopped)')
    .option('--method <method>', 'copy only this method; repeat it for more', listOption)
    .option('--path-prefix <path>', 'copy only requests whose path begins so')
    .option('--header <name=value>', 'copy only requests with this header; repeat it for more', headerOption)
    .option('--unsafe-methods', 'copy POST, PUT and the like too: the target does it all a second time')
    .option('--prometheus <url>', 'where the numbers come from')
    .option('--by <name>', 'who asks', loginName())
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
    .action((name: string | undefined, flags: MirrorFlags & { by: string; wait?: boolean }, self: Command) =>
      startMirror(name, flags, self),
    );
}

function addGet(mirror: Command): void {
  mirror
    .command('get <name>')
    .description('show a mirror with its numbers; with -w until it has ended')
    .option('-n, --namespace <name>', 'Kubernetes namespace of the mirror (default: "default")')
    .option('-w, --watch', 'follow it; the exit code tells how it ended')
    .addHelpText('before', 'Examples:\n  sluice mirror get weather/watch\n  sluice mirror get watch -n weather -w\n')
    .action((name: string, flags: { namespace?: string; watch?: boolean }, self: Command) =>
      getMirror(name, flags, self),
    );
}

function addList(mirror: Command): void {
  mirror
    .command('list')
    .description('list mirrors, those that run first')
    .option('-n, --namespace <name>', 'only this Kubernetes namespace')
    .option('--limit <number>', 'most mirrors to show', numberOption, 50)
    .addHelpText('before', 'Example:\n  sluice mirror list -n weather\n')
    .action((flags: { namespace?: string; limit: number }, self: Command) => listMirrors(flags, self));
}

function addStop(mirror: Command): void {
  mirror
    .command('stop <name>')
    .description('end a mirror now; users are not affected')
    .option('-n, --namespace <name>', 'Kubernetes namespace of the mirror (default: "default")')
    .option('--by <name>', 'who asks', loginName())
    .option('--reason <text>', 'why; kept in the report')
    .addHelpText('before', 'Example:\n  sluice mirror stop watch -n weather --reason "seen enough"\n')
    .action((name: string, flags: { namespace?: string; by: string; reason?: string }, self: Command) =>
      stopMirror(name, flags, self),
    );
}

function numberOption(text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1) throw new InvalidArgumentError('Write a whole number above 0.');
  return number;
}
