/** `--keep`: opens ports on this machine to what stays up, and says how to go on and how to end it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { columns } from '../cli/table.ts';
import { LabError, type LabState } from '../index.ts';
import { say } from '../story/index.ts';
import { HOST } from './app.ts';
import type { OpenPort } from './forwarder.ts';

const OPENS_MS = 10_000;

export async function sayWhatIsUp(lab: LabState): Promise<void> {
  const ports = await openPorts(lab);
  const run = `npm run -s lab -- --name ${lab.name}`;
  const at = (what: string) => ports.find((port) => port.what === what)?.port;
  say('\nKept up. Open on this machine until the lab goes down:');
  say(columns(ports.map(({ what, port, path }) => [`  ${what}`, `http://127.0.0.1:${port}${path}`])));
  say(`\n  As a user:        curl -H 'host: ${HOST}' http://127.0.0.1:${at('gateway')}/`);
  say(`  The command line: alias sluice='${run} exec -- node src/cli/main.ts'`);
  say('                    sluice list; sluice audit demo/reviews');
  say('  One more rollout, with users, because without any no check has an answer:');
  say(`                    ${run} exec -- node lab/prober/main.ts --rate 50 --duration 180 \\`);
  say(`                      --url ${lab.gateway}/ --host ${HOST} --out /tmp/users.jsonl &`);
  say('                    sluice run lab/demo/plans/reviews.yaml --image reviews:v4 -w');
  say(`  End everything:   ${run} down`);
}

/** A process of its own holds the ports open; it ends with the lab. */
async function openPorts(lab: LabState): Promise<OpenPort[]> {
  const log = openSync(join(lab.logs, 'demo-forwarder.log'), 'a');
  const child = spawn(process.execPath, [join(import.meta.dirname, 'forwarder.ts'), lab.name], {
    detached: true,
    stdio: ['ignore', log, log, 'ipc'],
  });
  closeSync(log);
  const [ports] = await Promise.race([
    once(child, 'message', { signal: AbortSignal.timeout(OPENS_MS) }),
    once(child, 'exit').then(() => [undefined]),
  ]);
  if (!ports) throw new LabError('the ports could not be opened', [`see ${join(lab.logs, 'demo-forwarder.log')}`]);
  child.disconnect();
  child.unref();
  return ports as OpenPort[];
}
