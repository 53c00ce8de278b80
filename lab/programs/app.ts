import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { AppState } from './app-state.ts';
import type { Answerer } from './http-server.ts';
import { pathOf, probeId } from './request.ts';
import type { ProgramSetup } from './setup.ts';

/** An answer before it is written. */
interface Answer {
  status: number;
  body: unknown;
}

/** Answers requests to the app port the way the image and the runtime control say. */
export function answerer(setup: ProgramSetup, state: AppState): Answerer {
  return async (request, response) => {
    request.resume();
    const answer = await answerTo(request, setup, state);
    if (!answer || response.destroyed) return undefined;
    return isCall(request) ? sendCall(response, answer, setup) : send(response, answer, setup);
  };
}

/** null: no answer at all. */
async function answerTo(request: IncomingMessage, setup: ProgramSetup, state: AppState): Promise<Answer | null> {
  const path = pathOf(request);
  const identity = { version: setup.version, pod: setup.pod, id: probeId(request) };
  if (state.hanging) return null;
  if (path === '/ready') return readiness(state);
  if (path === '/health') return health(state);
  if (path === '/env') return { status: 200, body: visibleEnvironment(process.env) };
  if (state.dropping) throw new Error('told to drop connections');
  const slowMs = Number(path.match(/\/slow(\d{1,4})ms$/)?.[1] ?? state.slowMs);
  if (slowMs > 0) await sleep(slowMs);
  if (state.nextFails()) return { status: 500, body: { ...identity, error: 'the image is told to fail' } };
  if (path === '/headers') return { status: 200, body: { headers: request.headers } };
  const asked = path.match(/^\/status\/([2-5]\d\d)$/) ?? path.match(/^\/.+\/Status(\d+)$/);
  return { status: asked ? Number(asked[1]) : 200, body: identity };
}

/** Readiness, on the app port and on the sidecar port alike. */
export function readiness(state: AppState): Answer {
  const ready = state.ready(performance.now());
  return { status: ready ? 200 : 503, body: { ready } };
}

/** Writes an answer with the headers by which tests recognise who answered. */
function send(response: ServerResponse, { status, body }: Answer, setup: ProgramSetup): undefined {
  response.writeHead(status, { 'content-type': 'application/json', ...identityOf(setup) });
  response.end(`${JSON.stringify(body)}\n`);
}

/** A gRPC call by its headers: gRPC over HTTP2, grpc/grpc, doc/PROTOCOL-HTTP2.md. */
function isCall({ headers }: IncomingMessage): boolean {
  return headers['content-type']?.startsWith('application/grpc') ?? false;
}

/** An empty message that is not compressed: its flag and its length. */
const EMPTY_MESSAGE = Buffer.alloc(5);

/** The same as a gRPC server answers: always with 200, the status in the trailers. `/any.Service/Status5` answers with 5. */
function sendCall(response: ServerResponse, { status }: Answer, setup: ProgramSetup): number {
  const grpcStatus = status === 500 ? INTERNAL : status === 200 ? 0 : status;
  response.writeHead(200, { 'content-type': 'application/grpc', ...identityOf(setup) });
  if (grpcStatus === 0) response.write(EMPTY_MESSAGE);
  response.addTrailers({ 'grpc-status': String(grpcStatus) });
  response.end();
  return grpcStatus;
}

const INTERNAL = 13;

function identityOf({ version, pod }: ProgramSetup): Record<string, string> {
  return { 'x-version': version, 'x-pod': pod };
}

function health(state: AppState): Answer {
  if (state.behaviours.failHealth) return { status: 500, body: { healthy: false } };
  return readiness(state);
}

// Only the configuration of tests: the rest of the environment is nobody's business.
function visibleEnvironment(env: NodeJS.ProcessEnv): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(env).filter(([key]) => key.startsWith('CONFIG_')));
}
