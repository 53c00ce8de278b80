import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { readRequests } from '../../../../lab/prober/index.ts';
import { formatRequest, parseRequestLine, type RequestRecord } from '../../../../lab/programs/request-log.ts';

function folder(): string {
  const dir = mkdtempSync(join(tmpdir(), 'lab-prober-'));
  onTestFinished(() => rmSync(dir, { recursive: true }));
  return dir;
}

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
