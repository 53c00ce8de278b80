import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { type InstallationFile, noFile } from '../../../src/installation/index.ts';
import { parseSecrets, sign } from '../../../src/network/standard-webhooks.ts';
import { serverLog } from '../../../src/server/log.ts';
import { type RunningServer, startServer } from '../../../src/server/main.ts';
import { temporalConfig } from '../../../src/temporal/config.ts';
import { answer, fakeApiServer } from '../../support/fakes/api-server.ts';
import { changed, EXAMPLE } from '../../support/plan-text.ts';
import { senderOf } from '../../support/sender.ts';

const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const silent = pino({ level: 'silent' });

let plansDir: string;
let server: RunningServer | undefined;

beforeEach(async () => {
  plansDir = await mkdtemp(join(tmpdir(), 'sluice-server-'));
  await writeFile(join(plansDir, 'reviews.yaml'), EXAMPLE);
});
afterEach(async () => {
  await server?.close();
  server = undefined;
  await rm(plansDir, { recursive: true });
});

const temporal = temporalConfig({ address: '127.0.0.1:9' });

/** An installation with one sender. */
function sending(secrets: string[]): InstallationFile {
  const known = { ...noFile().known, senders: [senderOf(secrets)] };
  return { known, current: async () => known };
}

/** A server whose Temporal is not there. */
async function start(log = silent): Promise<string> {
  server = await startServer({
    plansDir,
    planNamespaces: ['demo'],
    port: 0,
    healthPort: 0,
    metrics: { host: '127.0.0.1', port: 0 },
    installation: sending([SECRET]),
    temporal,
    log,
  });
  return `http://127.0.0.1:${server.port}`;
}

describe('startServer', () => {
  it('comes up without Temporal and says that it is not ready', async () => {
    await start();
    const health = `http://127.0.0.1:${server?.healthPort}`;
    expect((await fetch(`${health}/healthz`)).status).toBe(200);
    expect((await fetch(`${health}/readyz`)).status).toBe(503);
  });

  it('tells Prometheus what it was asked, by routes as the code has them, and that it does not know how things stand', async () => {
    const url = await start();
    for (const path of ['/nothing', '/../etc', '/api/v1/rollouts/local/demo/reviews']) await fetch(url + path);
    for (const path of ['/hooks/deploy', '/hooks/deploy/nobody']) await fetch(url + path, { method: 'POST' });
    const answer = await fetch(`http://127.0.0.1:${server?.metricsPort}/metrics`);
    const lines = (await answer.text()).split('\n');
    expect(answer.status).toBe(200);
    expect(lines.filter((line) => /^sluice_(http|hooks|temporal)/.test(line))).toEqual([
      'sluice_http_requests_total{route="/*",code="404"} 2',
      'sluice_http_requests_total{route="/api/v1/rollouts/:cluster/:namespace/:plan",code="401"} 1',
      'sluice_http_requests_total{route="/hooks/deploy/:sender?",code="415"} 2',
      'sluice_hooks_total{sender="unproven",result="body-unsupported"} 2',
      'sluice_temporal_up 0',
    ]);
    expect((await fetch(`${url}/metrics`)).status).toBe(404);
  });

  it('says of an upload that ended early that it did, without a trace', async () => {
    const lines: string[] = [];
    const url = new URL(await start(serverLog({}, { write: (line: string) => lines.push(line) })));
    const signed = { ...sign('evt_1', new Date(), '', parseSecrets([SECRET])[0] as Uint8Array) };
    const headers = { host: 'a', 'content-type': 'application/json', 'content-length': '999', ...signed };
    const fields = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
    const head = [`POST /hooks/deploy/${senderOf([SECRET]).name} HTTP/1.1`, ...fields, '', '{'].join('\r\n');
    const socket = connect(Number(url.port), '127.0.0.1', () => socket.write(head));
    setTimeout(() => socket.destroy(), 200);
    await expect.poll(() => lines.find((line) => line.includes('client-gone'))).toContain('"status":400');
    expect(lines.join('')).not.toContain('stack');
  });

  it('answers 503 to an event that Temporal cannot take', async () => {
    const response = await post(await start());
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '5']);
  });

  it('answers an event for a plan that is an object with its place', async () => {
    const object = parse(changed(['[20, 40, 60, 80, 100]', '[20, 10, 100]']));
    const api = await fakeApiServer((_, response) => answer(response, 200, { metadata: {}, items: [object] }));
    const planSources = [{ name: 'cluster', namespaces: ['demo'] }];
    const known = { ...sending([SECRET]).known, planSources };
    const installation = { known, current: async () => known };
    server = await startServer({ port: 0, installation, kubeconfig: api.kubeconfig, temporal, log: silent });
    const response = await post(`http://127.0.0.1:${server.port}`);
    await api.close();
    expect(await response.json()).toMatchObject({
      error: { code: 'plan-broken', problems: [{ path: 'RolloutPlan demo/reviews spec.shift.weights[1]' }] },
    });
  });

  it('cuts a body off at 1 MiB whatever its sender announces', async () => {
    const url = await start();
    const chunk = new Uint8Array(64 * 1024).fill(0x20);
    const body = new ReadableStream({ pull: (stream) => stream.enqueue(chunk) });
    const [secret] = parseSecrets([SECRET]);
    const headers = { 'content-type': 'application/json', ...(secret && sign('evt_1', new Date(), '', secret)) };
    const response = await fetch(`${url}/hooks/deploy`, {
      method: 'POST',
      body,
      headers,
      duplex: 'half',
    } as RequestInit);
    expect(response.status).toBe(413);
  });

  it('refuses requests that Node finds malformed', async () => {
    const url = new URL(await start());
    const answer = await raw(
      Number(url.port),
      'POST /hooks/deploy HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n{}',
    );
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
  });

  it('answers who proves nothing without a byte of the body, and listens no further', async () => {
    const url = new URL(await start());
    const head =
      'POST /hooks/deploy HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n';
    const answer = await raw(Number(url.port), head);
    expect(answer).toMatch(/^HTTP\/1\.1 401 /);
    expect(answer).toMatch(/^connection: close/im);
  });

  it('says where secrets of the environment went', async () => {
    process.env.SLUICE_WEBHOOK_SECRETS = SECRET;
    await expect(start()).rejects.toThrow(/SLUICE_WEBHOOK_SECRETS is not read any more.*senders: \[/);
    delete process.env.SLUICE_WEBHOOK_SECRETS;
  });

  it('frees its port when it is closed', async () => {
    const url = await start();
    await server?.close();
    server = undefined;
    await expect(fetch(url)).rejects.toThrow();
  });

  it.each([
    ['no sender', {}, /nobody may send deploy events: write senders in sluice.yaml/],
    ['a malformed secret', { installation: sending(['hunter2']) }, /^sender ci: secret 1 is not "whsec_"/],
    ['no plans directory', { installation: sending([SECRET]), plansDir: '/nowhere' }, /ENOENT.*\/nowhere/],
    ['plans of any namespace', { installation: sending([SECRET]), planNamespaces: undefined }, /use --plan-namespaces/],
    [
      'plans from nowhere',
      { installation: sending([SECRET]), plansDir: undefined },
      /name planSources in the installation/,
    ],
  ])('with %s does not start', async (_what, options, message) => {
    await expect(startServer({ plansDir, planNamespaces: ['demo'], port: 0, log: silent, ...options })).rejects.toThrow(
      message,
    );
  });

  it('on a taken port does not start', async () => {
    const { port } = new URL(await start());
    await expect(
      startServer({
        plansDir,
        planNamespaces: ['demo'],
        port: Number(port),
        installation: sending([SECRET]),
        log: silent,
      }),
    ).rejects.toThrow(/EADDRINUSE/);
  });
});

/** A signed event for the plan. */
async function post(url: string): Promise<Response> {
  const body = '{"plan": "reviews"}';
  const [secret] = parseSecrets([SECRET]);
  const signed = secret && sign('evt_1', new Date(), body, secret);
  const headers = { 'content-type': 'application/json', ...signed };
  return fetch(`${url}/hooks/deploy`, { method: 'POST', body, headers });
}

function raw(port: number, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket = connect(port, '127.0.0.1', () => socket.write(text));
    socket.on('data', (chunk) => {
      answer += chunk;
    });
    socket.on('close', () => resolve(answer));
    socket.on('error', reject);
  });
}
