import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type ProbeRecord, readRequests, startProber, summarize } from '../../../../lab/prober/index.ts';
import { readOptions } from '../../../../lab/prober/options.ts';
import { parseRecords } from '../../../../lab/prober/record.ts';
import { dueAt, dueCount } from '../../../../lab/prober/schedule.ts';
import { formatRequest, parseRequestLine, type RequestRecord } from '../../../../lab/programs/request-log.ts';

function folder(): string {
  const dir = mkdtempSync(join(tmpdir(), 'lab-prober-'));
  onTestFinished(() => rmSync(dir, { recursive: true }));
  return dir;
}

function record(n: number, parts: Partial<ProbeRecord> = {}): ProbeRecord {
  return { n, id: `r-${n}`, sentAt: 1000 + n, ms: n, status: 200, version: 'v1', pod: 'p', ...parts };
}

describe('summary', () => {
  const records = [
    record(1),
    record(2, { version: 'v2', status: 404 }),
    record(3, { version: 'v2', status: 500 }),
    record(4, { version: null, pod: null, status: null, error: 'ECONNREFUSED' }),
  ];

  it('counts no answer and 5xx as failed', () => {
    expect(summarize(records)).toEqual({
      total: 4,
      failed: 2,
      byVersion: { v1: 1, v2: 2, none: 1 },
      byStatus: { 200: 1, 404: 1, 500: 1, none: 1 },
      byError: { ECONNREFUSED: 1 },
      p50: 2,
      p99: 3,
    });
  });

  it('looks at a window by the time of sending, without its end', () => {
    expect(summarize(records, { from: 1002, to: 1004 })).toMatchObject({ total: 2, failed: 1 });
  });

  it('of nothing has no times', () => {
    expect(summarize([])).toMatchObject({ total: 0, failed: 0, p50: null, p99: null });
  });
});

describe('records', () => {
  it('leave out a line that is not whole yet', () => {
    expect(parseRecords(`${JSON.stringify(record(1))}\n{"n":2,`)).toEqual([record(1)]);
    expect(parseRecords('')).toEqual([]);
  });
});

describe('schedule', () => {
  it('sends the first at once and keeps the rate', () => {
    expect([0, 9.9, 10, 995].map((ms) => dueCount(ms, 100))).toEqual([1, 1, 2, 100]);
    expect([0, 1, 100].map((n) => dueAt(n, 100))).toEqual([0, 10, 1000]);
  });
});

describe('options', () => {
  it('are read', () => {
    const options = readOptions([
      '--url',
      'http://a:8080',
      '--path',
      '/x',
      '--rate',
      '5',
      '--out',
      'f',
      '--header',
      'cookie: a=b',
    ]);
    expect(options).toMatchObject({ ratePerSecond: 5, out: 'f', durationMs: Number.POSITIVE_INFINITY });
    expect(options.target).toMatchObject({ host: 'a:8080', timeoutMs: 5000, headers: { cookie: 'a=b' }, proxy: null });
    expect(options.target.url.href).toBe('http://a:8080/x');
  });

  it.each([
    [['--rate', '5', '--out', 'f'], '--url needs an http:// URL'],
    [['--url', 'https://a', '--rate', '5', '--out', 'f'], '--url needs an http:// URL, not "https://a"'],
    [['--url', 'http://a', '--rate', '0', '--out', 'f'], '--rate needs a number above 0, not "0"'],
    [['--url', 'http://a', '--rate', '5'], '--out FILE is missing'],
    [['--url', 'http://a', '--rate', '5', '--out', 'f', '--header', 'x'], '--header needs "name: value"'],
  ])('%j are refused', (args, message) => {
    expect(() => readOptions(args)).toThrow(message);
  });
});

describe('a prober process', () => {
  it('keeps its rate when the server is slow, and records what each request became', async () => {
    let asked = 0;
    const server = createServer((request, response) => {
      asked += 1;
      if (request.headers['x-probe-id'] === 'run-3') return void request.socket.destroy();
      setTimeout(() => response.writeHead(200, { 'x-version': 'v9', 'x-pod': 'p' }).end('x'), 300);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const { port } = server.address() as AddressInfo;
    const out = join(folder(), 'probe.jsonl');
    const prober = startProber({ url: `http://127.0.0.1:${port}/`, rate: 100, duration: 0.5, run: 'run', out });
    await prober.ended;
    const summary = prober.summary();
    expect(summary).toMatchObject({ total: 50, failed: 1, byVersion: { v9: 49, none: 1 }, byError: { ECONNRESET: 1 } });
    expect(asked).toBe(50);
    const sent = prober.records().map(({ sentAt }) => sentAt);
    expect(Math.max(...sent) - Math.min(...sent)).toBeLessThan(800);
  });

  it('stops when told, with the answers that were due', async () => {
    const server = createServer((_, response) => response.end('x'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const { port } = server.address() as AddressInfo;
    const prober = startProber({ url: `http://127.0.0.1:${port}/`, rate: 50, out: join(folder(), 'probe.jsonl') });
    while (prober.records().length < 10) await sleep(50);
    const summary = await prober.stop();
    expect(summary.failed).toBe(0);
    expect(summary.total).toBe(prober.records().length);
    expect(prober.records().map(({ n }) => n)).toEqual(prober.records().map((_, i) => i));
  });

  it('says why it ended when it could not start', async () => {
    const prober = startProber({ url: 'ftp://a', rate: 1, out: join(folder(), 'probe.jsonl') });
    await expect(prober.ended).rejects.toThrow('ended with code 2');
    await expect(prober.stop()).rejects.toThrow('ended with code 2');
  });
});

describe('request logs of pods', () => {
  const request: RequestRecord = {
    at: 1000.25,
    id: 'r-1',
    method: 'GET',
    path: '/',
    status: 200,
    host: 'reviews:9080',
    kind: 'copy',
    ms: 1.5,
  };

  it('survive writing and reading', () => {
    expect(parseRequestLine(formatRequest(request).trimEnd())).toEqual(request);
    expect(parseRequestLine(formatRequest({ ...request, id: null }).trimEnd())?.id).toBeNull();
    expect(parseRequestLine('1000\tr-1\tGE')).toBeNull();
    expect(formatRequest({ ...request, path: '/a\tb' }).split('\t')).toHaveLength(8);
  });

  it('are read for all pods of a name, in order', () => {
    const dir = folder();
    const write = (pod: string, at: number) => {
      mkdirSync(join(dir, 'pods', 'demo', pod), { recursive: true });
      writeFileSync(join(dir, 'pods', 'demo', pod, 'requests.log'), `${formatRequest({ ...request, at })}12`);
    };
    write('reviews-v2-a', 3);
    write('reviews-v2-b', 2);
    write('reviews-v1-a', 1);
    mkdirSync(join(dir, 'pods', 'demo', 'reviews-v2-never-started'));
    expect(readRequests(dir, 'demo', 'reviews-v2-').map(({ pod, at }) => [pod, at])).toEqual([
      ['reviews-v2-b', 2],
      ['reviews-v2-a', 3],
    ]);
    expect(readRequests(dir, 'nowhere', 'x')).toEqual([]);
  });
});
