/** The two functions that Sluice is in this story, and what starts them: a URL for the server, Temporal's worker controller for the worker. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { Connection } from '@temporalio/client';
import type { LabState } from '../../index.ts';
import { LabError } from '../../index.ts';
import { SENDER_SECRET, SERVER, writeInstallation } from '../../story/index.ts';

const EXTRA = join(import.meta.dirname, '..', '..', '..', 'extras', 'serverless', 'src');
const PLANS = join(import.meta.dirname, '..', 'plans');
const BUILD = 'zero';
/** Tasks that come within half a second of each other may start nobody; the controller's next look at the backlog does. The shortest. */
const LOOK_MS = 10_000;
/** As Standard AWS events of version 2.0: what a function URL hands over. */
const EVENT_VERSION = '2.0';

interface Answer {
  statusCode: number;
  headers: Record<string, string>;
  body: string;
}

/** As a life of the worker tells it itself, see `WorkerLife` of extras/serverless; ms. */
export interface LoggedLife {
  left: string;
  stopped: string;
  startedMs: number;
  livedMs: number;
  cpuMs: number;
}

export class Functions {
  private readonly lab: LabState;
  private readonly secret: string;
  private readonly script: string;
  private readonly livesFile: string;
  private url?: Server;
  /** How often the server was invoked, and for how long together, ms. */
  readonly server = { invocations: 0, ms: 0 };

  /** @param lifeSeconds deadline of each worker */
  constructor(lab: LabState, secret: string, lifeSeconds: number) {
    this.lab = lab;
    this.secret = secret;
    this.script = join(lab.dir, 'zero-worker.sh');
    this.livesFile = join(lab.dir, 'zero-lives.jsonl');
    writeFileSync(this.script, this.workerScript(lifeSeconds), { mode: 0o700 });
  }

  /** Tells Temporal which command serves the version, and that new rollouts go to it. It starts one at once, to see it answer. */
  async register(): Promise<void> {
    const connection = await Connection.connect({ address: this.lab.temporal });
    const version = { namespace: 'default', deploymentName: 'sluice', buildId: BUILD };
    const { namespace, deploymentName, buildId } = version;
    try {
      await connection.workflowService.createWorkerDeployment({ namespace, deploymentName });
      const provider = { type: 'subprocess', details: payload({ command: this.script }) };
      const scaler = { type: 'no-sync', details: payload({ metrics_poll_interval_ms: LOOK_MS }) };
      const computeConfig = { scalingGroups: { all: { provider, scaler } } };
      const deploymentVersion = { deploymentName, buildId };
      await connection.workflowService.createWorkerDeploymentVersion({ namespace, deploymentVersion, computeConfig });
      await connection.workflowService.setWorkerDeploymentCurrentVersion({
        ...version,
        ignoreMissingTaskQueues: true,
        allowNoPollers: true,
      });
    } finally {
      await connection.close();
    }
  }

  /** The URL where events arrive; each is one process. */
  async listen(): Promise<void> {
    const { hostname, port } = new URL(SERVER);
    this.url = createServer((request, response) => {
      this.invokeServer(request).then(
        ({ statusCode, headers, body }) => response.writeHead(statusCode, headers).end(body),
        (error: Error) => response.writeHead(502).end(error.message),
      );
    });
    const { url } = this;
    await new Promise<void>((resolve) => url.listen(Number(port), hostname, resolve));
  }

  close(): void {
    this.url?.closeAllConnections();
    this.url?.close();
  }

  /** Ended lives, in order. */
  lives(): LoggedLife[] {
    if (!existsSync(this.livesFile)) return [];
    return readFileSync(this.livesFile, 'utf8')
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as LoggedLife);
  }

  private async invokeServer(request: IncomingMessage): Promise<Answer> {
    const began = performance.now();
    const log = openSync(join(this.lab.logs, 'sluice-server.log'), 'a');
    const child = fork(join(EXTRA, 'invoke-server.ts'), {
      stdio: ['ignore', log, log, 'ipc'],
      env: { ...process.env, ...this.environment(), ...this.serverEnvironment() },
    });
    closeSync(log);
    const ended = once(child, 'exit');
    child.send(await eventOf(request));
    const [answer] = await Promise.race([once(child, 'message'), ended.then(() => [undefined])]);
    await ended;
    this.server.invocations += 1;
    this.server.ms += performance.now() - began;
    if (!answer) throw new LabError('the server function did not answer', [join(this.lab.logs, 'sluice-server.log')]);
    return answer as Answer;
  }

  private serverEnvironment(): Record<string, string> {
    return { [SENDER_SECRET]: this.secret, SLUICE_PLANS: PLANS, SLUICE_PLAN_NAMESPACES: '*' };
  }

  private environment(): Record<string, string> {
    return { TEMPORAL_ADDRESS: this.lab.temporal, SLUICE_INSTALLATION: writeInstallation(this.lab.dir) };
  }

  /** A file, as the controller gives a command no environment of its own. */
  private workerScript(lifeSeconds: number): string {
    const { productKubeconfig, smtp, logs } = this.lab;
    const env = {
      ...this.environment(),
      KUBECONFIG: productKubeconfig,
      SLUICE_BUILD_ID: BUILD,
      SLUICE_LIFE_SECONDS: String(lifeSeconds),
      SLUICE_IDLE_SECONDS: '4',
      SLUICE_SMTP_URL: `smtp://${smtp.host}:${smtp.port}?requireTLS=false`,
      SLUICE_MAIL_FROM: 'sluice@example.com',
    };
    const lines = Object.entries(env).map(([name, value]) => `export ${name}='${value}'`);
    const log = join(logs, 'sluice-worker.log');
    const command = `exec '${process.execPath}' '${join(EXTRA, 'life.ts')}' 2>>'${log}' >>'${this.livesFile}'`;
    return ['#!/bin/sh', ...lines, command, ''].join('\n');
  }
}

function payload(value: object) {
  return { metadata: { encoding: Buffer.from('json/plain') }, data: Buffer.from(JSON.stringify(value)) };
}

async function eventOf(request: IncomingMessage) {
  const { method = 'GET', url = '/', headers } = request;
  const { pathname, search } = new URL(url, SERVER);
  return {
    version: EVENT_VERSION,
    rawPath: pathname,
    rawQueryString: search.slice(1),
    headers,
    body: await text(request),
    isBase64Encoded: false,
    requestContext: { domainName: new URL(SERVER).host, http: { method, path: pathname, sourceIp: '127.0.0.1' } },
  };
}
