/** The supervisor's Unix socket: one JSON request a connection, one JSON answer. */
import { connect, createServer, type Server } from 'node:net';
import { text } from 'node:stream/consumers';
import { LabError, messageOf } from './errors.ts';
import type { PartName } from './state.ts';

export type ControlRequest =
  | { verb: 'down' }
  | { verb: 'stop'; part: PartName }
  | { verb: 'start'; part: PartName }
  | { verb: 'signal'; part: PartName; signal: NodeJS.Signals };

type Answer = { ok: true } | { ok: false; error: string };

/** Inside: answers requests one by one as they come. */
export function serveControl(socket: string, handle: (request: ControlRequest) => Promise<void>): Server {
  const server = createServer({ allowHalfOpen: true }, (connection) => {
    connection.on('error', () => connection.destroy());
    text(connection)
      .then((line) => handle(JSON.parse(line) as ControlRequest))
      .then(
        (): Answer => ({ ok: true }),
        (error: unknown): Answer => ({ ok: false, error: messageOf(error) }),
      )
      .then((answer) => connection.end(JSON.stringify(answer)));
  });
  return server.listen(socket);
}

/** From anywhere: resolves when it is done, throws what the supervisor says. `timeoutMs` default 60 s. */
export async function sendControl(socket: string, request: ControlRequest, timeoutMs = 60_000): Promise<void> {
  const connection = connect({ path: socket, allowHalfOpen: true, signal: AbortSignal.timeout(timeoutMs) });
  connection.end(JSON.stringify(request));
  let line: string;
  try {
    line = await text(connection);
  } catch (error) {
    throw new LabError(`the lab's supervisor did not answer "${request.verb}": ${messageOf(error)}`);
  }
  const answer: Answer = line === '' ? { ok: false, error: 'it closed the connection' } : (JSON.parse(line) as Answer);
  if (!answer.ok) throw new LabError(answer.error);
}
