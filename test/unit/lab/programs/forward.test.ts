import { createServer, type IncomingMessage, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, describe, expect, it } from 'vitest';
import { ConfigError } from '../../../../lab/kubelet/environment.ts';
import { realCommand } from '../../../../lab/kubelet/program-command.ts';
import { forwarder } from '../../../../lab/programs/forward.ts';
import { AppServer, type SeenRequest } from '../../../../lab/programs/http-server.ts';
import { commandLine, loopbackOf, ownAddress, parseImage } from '../../../../lab/programs/index.ts';
import type { RealImage } from '../../../../lab/programs/real-images.ts';

const httpbin = parseImage('docker.io/kennethreitz/httpbin').real as RealImage;

describe('images that are real programs', () => {
  it.each([
    'kennethreitz/httpbin',
    'docker.io/kennethreitz/httpbin:latest',
    'localhost:5000/curlimages/curl',
    'tutum/curl',
  ])('%s', (image) => {
    expect(parseImage(image)).toMatchObject({ kind: 'real', real: expect.anything() });
  });

  it.each(['httpbin:v1', 'example.com/httpbin:v1', 'mykennethreitz/httpbin', 'curl'])('%s is not', (image) => {
    expect(parseImage(image)).toMatchObject({ kind: 'http' });
    expect(parseImage(image).real).toBeUndefined();
  });

  it('run what a Pod says by command and args', () => {
    const image: RealImage = { packages: null, entrypoint: ['entry'], cmd: ['default'], env: {} };
    expect(commandLine(image, {})).toEqual(['entry', 'default']);
    expect(commandLine(image, { args: ['a'] })).toEqual(['entry', 'a']);
    expect(commandLine(image, { command: ['c'] })).toEqual(['c']);
    expect(commandLine(image, { command: ['c'], args: ['a'] })).toEqual(['c', 'a']);
  });
});

describe('an address of its own', () => {
  const at = '127.244.1.10';

  it('is the loopback address that looks like the pod’s', () => {
    expect(loopbackOf('10.244.1.10')).toBe(at);
  });

  it.each([
    [['gunicorn', '-b', '0.0.0.0:80', 'httpbin:app'], ['gunicorn', '-b', `${at}:80`, 'httpbin:app'], [80]],
    [
      ['x', '--bind=[::]:8000', '-b', ':80'],
      ['x', `--bind=${at}:8000`, '-b', `${at}:80`],
      [8000, 80],
    ],
    [['x', '*:80', '0.0.0.0:80'], ['x', `${at}:80`, `${at}:80`], [80]],
    [['/bin/sleep', '3650d'], ['/bin/sleep', '3650d'], []],
    [['x', '127.0.0.1:80', 'http://0.0.0.0:80/', '12:30'], ['x', '127.0.0.1:80', 'http://0.0.0.0:80/', '12:30'], []],
  ])('%j', (argv, changed, ports) => {
    expect(ownAddress(argv, at)).toEqual({ argv: changed, ports });
  });
});

describe('the command of a real container', () => {
  const common = { container: 'httpbin', address: '10.244.1.10', dir: '/pod', peer: null, drainMs: 0 };
  const places = { dir: '/lab', envoy: '/envoy', httpbin: '/packages' };
  const container = { name: 'httpbin', image: 'kennethreitz/httpbin' };

  it('finds the packages of its image, and the variables of its Pod', () => {
    const args = ['gunicorn', '-b', '0.0.0.0:$(PORT)'];
    const { command } = realCommand(
      httpbin,
      { ...container, args },
      common,
      { PORT: '80', PYTHONPATH: '/own' },
      places,
    );
    expect(command.env).toMatchObject({ HOME: '/pod', PORT: '80', PYTHONPATH: '/own' });
    expect(command.env.PATH).toMatch(/^\/packages\/bin:/);
    expect(JSON.parse(command.env.LAB_PROGRAM ?? '')).toMatchObject({
      argv: ['gunicorn', '-b', '127.244.1.10:80'],
      ports: [80],
      upstream: '127.244.1.10',
    });
  });

  it('is refused when there is nothing to run', () => {
    const none: RealImage = { packages: null, entrypoint: [], cmd: [], env: {} };
    expect(() => realCommand(none, container, common, {}, places)).toThrow(ConfigError);
  });
});

describe('the sidecar before a real program', () => {
  const running: Server[] = [];
  afterEach(() => {
    for (const server of running.splice(0)) server.close();
  });

  it('passes requests and answers on as they are, and counts them', async () => {
    const behind: IncomingMessage[] = [];
    const upstream = await listen(async (incoming) => {
      behind.push(incoming);
      return { body: `got ${await text(incoming)}`, headers: { 'set-cookie': ['a=1', 'b=2'], 'x-own': 'yes' } };
    });
    const { port, seen, server } = await sidecar(upstream);
    const answer = await ask(port, { 'x-probe-id': 'p-1', host: 'httpbin:8000' }, 'hello');
    expect(answer).toMatchObject({ status: 418, body: 'got hello' });
    expect(answer.headers).toMatchObject({ 'set-cookie': ['a=1', 'b=2'], 'x-own': 'yes' });
    expect(behind[0]?.headers).toMatchObject({ host: 'httpbin:8000', 'x-probe-id': 'p-1' });
    expect(behind[0]).toMatchObject({ method: 'POST', url: '/headers?x=1' });
    expect(seen).toMatchObject([{ id: 'p-1', status: 418, path: '/headers', kind: 'live' }]);
    server.refuse();
  });

  it('answers 503 while the program does not listen', async () => {
    const { port, seen, server } = await sidecar(1);
    expect(await ask(port, {}, '')).toMatchObject({ status: 503 });
    expect(seen).toMatchObject([{ status: 503 }]);
    server.refuse();
  });

  function listen(
    answer: (request: IncomingMessage) => Promise<{ body: string; headers: Record<string, string | string[]> }>,
  ): Promise<number> {
    const server = createServer(async (incoming, response) => {
      const { body, headers } = await answer(incoming);
      response.writeHead(418, headers).end(body);
    });
    running.push(server);
    return new Promise((resolve) =>
      server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port)),
    );
  }
});

async function sidecar(upstream: number): Promise<{ port: number; seen: SeenRequest[]; server: AppServer }> {
  const seen: SeenRequest[] = [];
  const port = await freePort();
  const server = new AppServer({ address: '127.0.0.1', port }, forwarder('127.0.0.1', upstream), (one) =>
    seen.push(one),
  );
  await server.listen();
  return { port, seen, server };
}

function freePort(): Promise<number> {
  const server = createServer();
  return new Promise((resolve) =>
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    }),
  );
}

function ask(
  port: number,
  headers: Record<string, string>,
  body: string,
): Promise<{ status: number; body: string; headers: IncomingMessage['headers'] }> {
  return new Promise((resolve, reject) => {
    const asked = request({ host: '127.0.0.1', port, path: '/headers?x=1', method: 'POST', headers, agent: false });
    asked.once('error', reject);
    asked.once('response', async (answer) => {
      resolve({ status: answer.statusCode ?? 0, body: await text(answer), headers: answer.headers });
    });
    asked.end(body);
  });
}
