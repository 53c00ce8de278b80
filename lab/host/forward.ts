/**
 * Carries connections over the border of the lab's network. A Unix socket is a file, so both sides see it: outside a
 * TCP port leads to the socket, inside the socket leads to the address named in the first line.
 */
import { connect, createServer, type Server, type Socket } from 'node:net';
import { LabError } from './errors.ts';

/** Inside: takes `HOST:PORT\n` as first line, answers `ok\n` once connected, then passes bytes both ways. */
export function serveForwards(socketPath: string): Server {
  return createServer({ allowHalfOpen: true }, (outer) => {
    void readLine(outer).then((line) => {
      const target = parseTarget(line);
      if (!target) return outer.destroy();
      const inner = connect({ ...target, allowHalfOpen: true }, () => outer.write('ok\n'));
      join(outer, inner);
    });
  }).listen(socketPath);
}

export interface Forward {
  /** The port outside, on 127.0.0.1. */
  port: number;
  /** The address inside. */
  target: string;
  close(): void;
}

/**
 * Outside: makes `target` inside the lab reachable at 127.0.0.1:`port`.
 *
 * @param port 0 takes any free port
 * @param target `host:port` inside
 */
export async function openForward(socketPath: string, port: number, target: string): Promise<Forward> {
  const open = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (client) => {
    open.add(client);
    client.once('close', () => open.delete(client));
    const border = connect({ path: socketPath, allowHalfOpen: true }, () => border.write(`${target}\n`));
    border.once('error', () => client.destroy());
    client.once('error', () => border.destroy());
    void readLine(border).then((answer) => (answer === 'ok' ? join(client, border) : client.destroy()));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(portError(error, port, target)));
    server.listen(port, '127.0.0.1', resolve);
  });
  const address = server.address();
  const close = () => {
    server.close();
    for (const socket of open) socket.destroy();
  };
  return { port: typeof address === 'object' && address ? address.port : port, target, close };
}

function portError(error: NodeJS.ErrnoException, port: number, target: string): Error {
  if (error.code !== 'EADDRINUSE') return error;
  const inside = target.slice(target.lastIndexOf(':') + 1);
  return new LabError(`port ${port} is taken on this machine: name another one, as in ${port + 10_000}:${inside}`);
}

/** `host:port` as an address; undefined when it is none. */
export function parseTarget(text: string): { host: string; port: number } | undefined {
  const match = /^([A-Za-z0-9.-]+):(\d{1,5})$/.exec(text);
  const port = Number(match?.[2]);
  return match?.[1] && port > 0 && port < 65_536 ? { host: match[1], port } : undefined;
}

function join(a: Socket, b: Socket): void {
  a.pipe(b);
  b.pipe(a);
  a.once('error', () => b.destroy());
  b.once('error', () => a.destroy());
  a.once('close', () => b.destroy());
  b.once('close', () => a.destroy());
}

/** The first line of a connection, without taking a byte beyond it; empty when the connection ends before. */
function readLine(socket: Socket): Promise<string> {
  return new Promise((resolve) => {
    let line = '';
    const finish = (result: string) => {
      socket.off('readable', read);
      resolve(result);
    };
    const read = () => {
      for (let byte = socket.read(1); byte !== null && line.length < 300; byte = socket.read(1)) {
        const char = String(byte);
        if (char === '\n') return finish(line);
        line += char;
      }
    };
    socket.on('readable', read);
    socket.once('end', () => finish(''));
    socket.once('error', () => finish(''));
    socket.once('close', () => finish(''));
  });
}
