/** `node forwarder.ts LAB [PATH]`: keeps ports of a lab open on 127.0.0.1 and ends when the lab does. PATH: of the dashboard, where it is up. */
import { setTimeout as sleep } from 'node:timers/promises';
import { isUp, LabError, openForward, readState } from '../index.ts';
import { PAGES_PORT } from './pages/index.ts';

export interface OpenPort {
  what: string;
  /** On 127.0.0.1 of this machine. */
  port: number;
  /** Page worth opening. */
  path: string;
}

const PORTS = [
  { what: 'gateway', inside: 8080, path: '/' },
  { what: 'Sluice server', inside: 8091, path: '/healthz' },
  { what: 'Temporal UI', inside: 8233, path: '/' },
  { what: 'Prometheus', inside: 9090, path: '/api/v1/targets' },
];

const LOOK_MS = 500;

const [, , name = 'demo', pages] = process.argv;
const lab = readState(name);
if (!lab || !isUp(name)) throw new LabError(`lab ${name} is not up`);

const open = async ({ what, inside, path }: (typeof PORTS)[number]): Promise<OpenPort> => {
  const at = (port: number) => openForward(lab.forwardSocket, port, `127.0.0.1:${inside}`);
  // Nobody asked for this number: where it is taken, any other will do.
  const { port } = await at(inside).catch(() => at(0));
  return { what, port, path };
};
const dashboard = pages ? [{ what: 'in a browser, logs you in, once', inside: PAGES_PORT, path: pages }] : [];
process.send?.(await Promise.all([...PORTS, ...dashboard].map(open)));
while (isUp(name)) await sleep(LOOK_MS);
process.exit(0);
