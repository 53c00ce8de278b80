import { LabError } from '../host/errors.ts';
import { type Forward, openForward } from '../host/forward.ts';
import type { LabState } from '../host/state.ts';
import { runningLab } from './running.ts';
import { columns } from './table.ts';

const DEFAULT_PORTS: ReadonlyArray<[what: string, port: number]> = [
  ['gateway', 8080],
  ['Prometheus', 9090],
  ['Temporal', 7233],
  ['Temporal UI', 8233],
  ['API server', 6443],
];

export interface PortPair {
  outside: number;
  inside: number;
}

/** `8090` or `18080:8080`. */
export function parsePorts(text: string): PortPair {
  const match = /^(?:(\d{1,5}):)?(\d{1,5})$/.exec(text);
  const inside = Number(match?.[2]);
  const outside = Number(match?.[1] ?? match?.[2]);
  const fits = (port: number) => port > 0 && port < 65_536;
  if (!fits(inside) || !fits(outside))
    throw new LabError(`"${text}" is no port: write 8090, or 18080:8080 for OUTSIDE:INSIDE`);
  return { outside, inside };
}

/** Opens the ports and stays until Ctrl-C. */
export async function forwardCommand(name: string, ports: string[]): Promise<void> {
  const state = runningLab(name);
  const forwards = ports.length > 0 ? await openAsked(state, ports.map(parsePorts)) : await openDefaults(state);
  const rows = forwards.map(([what, { port, target }]) => [what, `127.0.0.1:${port}`, target]);
  console.log(columns([['WHAT', 'HERE', 'INSIDE'], ...rows]));
  console.log('\nCtrl-C ends it; the lab stays up.');
  await new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
  });
  for (const [, forward] of forwards) forward.close();
}

async function openAsked(state: LabState, pairs: PortPair[]): Promise<Array<[string, Forward]>> {
  return Promise.all(
    pairs.map(async ({ outside, inside }): Promise<[string, Forward]> => {
      const what = DEFAULT_PORTS.find(([, port]) => port === inside)?.[0] ?? `port ${inside}`;
      return [what, await openForward(state.forwardSocket, outside, `127.0.0.1:${inside}`)];
    }),
  );
}

/** Nobody asked for these port numbers: where one is taken, any other will do. */
async function openDefaults(state: LabState): Promise<Array<[string, Forward]>> {
  return Promise.all(
    DEFAULT_PORTS.map(async ([what, port]): Promise<[string, Forward]> => {
      const target = `127.0.0.1:${port}`;
      const open = (outside: number) => openForward(state.forwardSocket, outside, target);
      return [what, await open(port).catch(() => open(0))];
    }),
  );
}
