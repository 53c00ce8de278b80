/** `--keep`: opens ports on this machine to what stays up, and says how to go on and how to end it. */
import { join } from 'node:path';
import { columns } from '../cli/table.ts';
import type { LabState } from '../index.ts';
import { say } from '../story/index.ts';
import { HOST } from './app.ts';
import { startInBackground } from './background.ts';
import type { OpenPort } from './forwarder.ts';
import { startPages } from './pages/index.ts';

export async function sayWhatIsUp(lab: LabState): Promise<void> {
  const pages = await startPages(lab);
  const ports = await openPorts(lab, pages);
  const run = `npm run -s lab -- --name ${lab.name}`;
  const at = (what: string) => ports.find((port) => port.what === what)?.port;
  say('\nKept up. Open on this machine until the lab goes down:');
  say(columns(ports.map(({ what, port, path }) => [`  ${what}`, `http://127.0.0.1:${port}${path}`])));
  say(`\n  As a user:        curl -H 'host: ${HOST}' http://127.0.0.1:${at('gateway')}/`);
  say(`  The command line: alias sluice='${run} exec -- node src/cli/main.ts'`);
  say('                    sluice list; sluice audit demo/reviews');
  if (pages) say(`  Log in later:     with the token in ${join(lab.dir, 'token')}`);
  say('  One more rollout, with users, because without any no check has an answer:');
  say(`                    ${run} exec -- node lab/prober/main.ts --rate 50 --duration 180 \\`);
  say(`                      --url ${lab.gateway}/ --host ${HOST} --out /tmp/users.jsonl &`);
  say('                    sluice run lab/demo/plans/reviews.yaml --image reviews:v4 -w');
  say(`  End everything:   ${run} down`);
}

/** A process of its own holds the ports open; it ends with the lab. */
function openPorts(lab: LabState, pages = ''): Promise<OpenPort[]> {
  const forwarder = join(import.meta.dirname, 'forwarder.ts');
  return startInBackground([forwarder, lab.name, pages], join(lab.logs, 'demo-forwarder.log'));
}
