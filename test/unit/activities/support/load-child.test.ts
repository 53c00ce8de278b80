import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { fireLoad } from '../../../../src/activities/support/load-child.ts';
import type { LoadOrder } from '../../../../src/activities/support/load-process.ts';
import { type PodServer, podServer } from '../../../support/fakes/pod-server.ts';

let pod: PodServer;
let worker: ChildProcess | undefined;
afterEach(() => {
  pod.close();
  worker?.kill('SIGKILL');
});

async function listening(): Promise<{ order: LoadOrder; count: () => number }> {
  let n = 0;
  pod = await podServer('a', (_, response) => {
    n += 1;
    response.end();
  });
  const url = `http://127.0.0.1:${pod.port}/`;
  return {
    order: { urls: [url], method: 'GET', headers: {}, requestsPerSecond: 50, seconds: 30, answerS: 1 },
    count: () => n,
  };
}

/** Processes of load tests that a process has. */
function processesOf(pid: number | undefined): number {
  const all = execFileSync('ps', ['-A', '-o', 'ppid=,args='], { encoding: 'utf8' }).split('\n');
  return all.filter((line) => line.trim().startsWith(`${pid} `) && line.includes('load-process')).length;
}

const until = async (holds: () => boolean) => {
  for (let tries = 0; tries < 200 && !holds(); tries += 1) await sleep(50);
  expect(holds()).toBe(true);
};

describe('the process of a load test', () => {
  it.each([['cancelled'], ['WORKER_SHUTDOWN']])('ends with what it is for: %s', async (reason) => {
    const { order, count } = await listening();
    const stop = new AbortController();
    const fired = fireLoad(order, stop.signal, () => {});
    await until(() => count() > 5);
    expect(processesOf(process.pid)).toBe(1);
    stop.abort(new Error(reason));
    expect(await fired).toBe(reason === 'cancelled' ? undefined : 'ended');
    expect(processesOf(process.pid)).toBe(0);
  });

  it('is no cause to pass when it dies', async () => {
    const { order, count } = await listening();
    const fired = fireLoad(order, new AbortController().signal, () => {});
    fired.catch(() => {});
    await until(() => count() > 5);
    const pid = execFileSync('pgrep', ['-P', String(process.pid), '-f', 'load-process'], { encoding: 'utf8' });
    process.kill(Number(pid), 'SIGKILL');
    await expect(fired).rejects.toThrow('process died (SIGKILL)');
  });

  it('does not outlive a worker that is killed', async () => {
    const { order, count } = await listening();
    const child = new URL('../../../../src/activities/support/load-child.ts', import.meta.url);
    const program = `import(${JSON.stringify(child.href)}).then((one) => one.fireLoad(${JSON.stringify(order)}, new AbortController().signal, () => {}))`;
    worker = spawn(process.execPath, ['-e', program], { stdio: 'ignore', env: { NODE_NO_WARNINGS: '1' } });
    await until(() => count() > 5);
    const pids = execFileSync('pgrep', ['-P', String(worker.pid), '-f', 'load-process'], { encoding: 'utf8' });
    worker.kill('SIGKILL');
    await until(() => {
      try {
        return process.kill(Number(pids), 0) && false;
      } catch {
        return true;
      }
    });
  });
});
