import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { findLog, logFiles } from '../../../../lab/cli/log-files.ts';

function lab(files: Record<string, { text: string; at: number }>): string {
  const dir = mkdtempSync(join(tmpdir(), 'lab-logs-'));
  onTestFinished(() => rmSync(dir, { recursive: true }));
  for (const [file, { text, at }] of Object.entries(files)) {
    mkdirSync(dirname(join(dir, file)), { recursive: true });
    writeFileSync(join(dir, file), text);
    utimesSync(join(dir, file), at, at);
  }
  return dir;
}

const FILES = {
  'logs/istiod.log': { text: 'up', at: 1 },
  'logs/istiod.pid': { text: '1', at: 1 },
  'pods/demo/httpbin-v1-a/output.log': { text: 'old', at: 1 },
  'pods/demo/httpbin-v1-b/output.log': { text: 'newer', at: 2 },
  'pods/demo/httpbin-v1-b/requests.log': { text: '', at: 9 },
  'pods/weather/silent/requests.log': { text: '', at: 1 },
};

it('lists the logs of parts and pods', () => {
  expect(logFiles(lab(FILES)).map(({ name, bytes }) => [name, bytes])).toEqual([
    ['istiod', 2],
    ['pod/demo/httpbin-v1-a', 3],
    ['pod/demo/httpbin-v1-b', 5],
  ]);
});

it('finds one by its name, or the newest pod of a Deployment', () => {
  const logs = logFiles(lab(FILES));
  expect(findLog(logs, 'istiod').file).toMatch(/logs\/istiod\.log$/);
  expect(findLog(logs, 'pod/demo/httpbin-v1-a').bytes).toBe(3);
  expect(findLog(logs, 'pod/demo/httpbin-v1').name).toBe('pod/demo/httpbin-v1-b');
});

it.each(['etcd', 'isti', 'pod/demo/http', 'pod/other/httpbin-v1', '../logs/istiod'])('does not find %s', (name) => {
  expect(() => findLog(logFiles(lab(FILES)), name)).toThrow(/there is no log ".*": there are istiod, pod\/demo/);
});
