import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startProber } from '../../../../lab/prober/index.ts';

function folder(): string {
  const dir = mkdtempSync(join(tmpdir(), 'lab-prober-'));
  onTestFinished(() => rmSync(dir, { recursive: true }));
  return dir;
}

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
