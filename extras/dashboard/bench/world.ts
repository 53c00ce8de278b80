/** Real rollouts on a real Temporal whose cluster is played, and `sluice server` as a process of its own in front of them. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Context } from '@temporalio/activity';
import { newToken } from '../../../src/authority/index.ts';
import { SEARCH_ATTRIBUTES } from '../../../src/contract/ids.ts';
import type { Plan } from '../../../src/contract/plan.ts';
import { INSTALLATION_HEAD, testServer } from '../../../test/support/authority.ts';
import { builtProgram } from '../../../test/support/built-program.ts';
import { freePort } from '../../../test/support/free-port.ts';
import { offerFor, planFor } from '../../../test/support/plan.ts';
import { TemporalServer } from '../../../test/support/temporal-server.ts';
import { type Harness, startHarness } from '../../../test/support/workflow/harness.ts';
import { FakeWorld } from '../../../test/support/workflow/world.ts';
import '../../../test/workflow/support/quiet.ts';

const ROOT = join(import.meta.dirname, '..', '..', '..');
const START_MS = 120_000;
/** As Node takes it in the chart's container of 512 MiB. */
const HEAP = '--max-old-space-size=256';
/** A cancel comes with the answer to one. */
const BEAT_MS = 250;

export interface PagesWorld {
  url: string;
  /** Of the server. */
  pid: number;
  temporalPort: number;
  harness: Harness;
  plans: Plan[];
  /** Of people who may view everything; each may listen to so many streams. */
  tokens: string[];
  /** When the worker had written the canary's share, epoch ms. */
  written: Map<number, number>;
  close(): Promise<void>;
}

/** @param rollouts how many stand at 20 %  @param people how many there are */
export async function openWorld(rollouts: number, people: number): Promise<PagesWorld> {
  const temporal = await TemporalServer.start({
    program: builtProgram('temporal'),
    attributes: SEARCH_ATTRIBUTES,
    adopt: endWithUs,
  });
  process.env.TEMPORAL_ADDRESS = temporal.address;
  const world = new FakeWorld();
  const waits = { ...world.waits(), checkInterval: untilCancelled };
  const cast = { cluster: () => world.cluster(), waits: () => waits, control: () => world.control() };
  const written = new Map<number, number>();
  const harness = await startHarness(cast, {
    interceptor: ({ info }) => ({
      inbound: {
        async execute(input, next) {
          const result = await next(input);
          const [asked] = input.args as [{ intent: { canary: number } }];
          if (info.activityType === 'route') written.set(asked.intent.canary, Date.now());
          return result;
        },
      },
    }),
  });
  const plans = Array.from({ length: rollouts }, (_, at) => planFor(`shop-${at}`, { mirror: undefined }));
  for (const plan of plans) await harness.offer(offerFor(plan));
  for (const plan of plans) await harness.until(plan, ({ route }) => route.canary === 20);
  const folder = mkdtempSync(join(tmpdir(), 'sluice-pages-'));
  const tokens = Array.from({ length: people }, newToken);
  const port = await freePort();
  const server = await startServer(folder, port, harness.cluster, tokens);
  return {
    ...{ url: `http://127.0.0.1:${port}`, pid: server.pid ?? 0, harness, plans, written },
    temporalPort: Number(temporal.address.split(':')[1]),
    tokens: tokens.map(({ token }) => token),
    async close() {
      server.kill('SIGKILL');
      await harness.close();
      await temporal.remove();
      rmSync(folder, { recursive: true });
    },
  };
}

/** An interval that stands, and says so far less often than a test's does: Temporal is here for other things. */
async function untilCancelled(): Promise<never> {
  const context = Context.current();
  const beat = setInterval(() => context.heartbeat(), BEAT_MS);
  return context.cancelled.finally(() => clearInterval(beat));
}

/** Also where something fails. */
function endWithUs(child: ChildProcess): void {
  process.once('exit', () => child.kill('SIGKILL'));
}

async function startServer(
  folder: string,
  port: number,
  cluster: string,
  tokens: { sha256: string }[],
): Promise<ChildProcess> {
  const vouching = testServer();
  writeFileSync(join(folder, 'key'), vouching.text);
  const people = tokens.map(({ sha256 }, at) => {
    const own = `tokens: [{ sha256: ${sha256}, expires: "2999-01-01T00:00:00Z" }]`;
    return `  - { name: looker-${at}, ${own}, may: [{ verbs: ["*"], plans: ["*/*"] }] }\n`;
  });
  const sender =
    'senders: [{ name: ci, plans: ["*/*"], signature: { preset: standard-webhooks, secrets: [{ env: CI_SECRET }] } }]\n';
  const file = join(folder, 'sluice.yaml');
  const head = `${INSTALLATION_HEAD}extensions: ["@sluice/dashboard"]\nkey: { file: key }\n`;
  writeFileSync(file, `${head}${sender}${vouching.servers}people:\n${people.join('')}`);
  const health = await freePort();
  const args = ['--plans', folder, '--plan-namespaces', '*', '--port', String(port), '--health-port', String(health)];
  args.push('--trusted-proxy', '127.0.0.1');
  const child = spawn(
    process.execPath,
    [HEAP, join(ROOT, 'src', 'cli', 'main.ts'), '--cluster', cluster, 'server', ...args],
    {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: {
        ...process.env,
        SLUICE_INSTALLATION: file,
        CI_SECRET: `whsec_${Buffer.alloc(32, 7).toString('base64')}`,
      },
    },
  );
  endWithUs(child);
  const until = Date.now() + START_MS;
  while (!(await fetch(`http://127.0.0.1:${health}/readyz`).catch(() => undefined))?.ok) {
    if (Date.now() > until || child.exitCode !== null) throw new Error('sluice server did not start');
    await sleep(100);
  }
  return child;
}
