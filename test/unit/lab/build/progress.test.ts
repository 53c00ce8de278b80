import { describe, expect, it } from 'vitest';
import { formatDuration, formatProgress, streamProgress } from '../../../../lab/build/progress.ts';

describe('build progress', () => {
  it('says of everything under way how long it takes and how far it is', () => {
    const envoy = { task: { names: ['envoy'], expectedMs: 10_000 }, since: 70_000, detail: '' };
    const programs = {
      task: { names: ['etcd', 'kubectl'], expectedMs: 190_000 },
      since: 0,
      detail: 'package 9 of at most 80',
    };
    expect(formatProgress([envoy, programs], 3, 11, 72_000)).toBe(
      '[3 of 11]  envoy: 2s of about 10s | 2 Go programs: 1m12s of about 3m10s, package 9 of at most 80',
    );
  });

  it('counts what is ready, with several tasks at once', () => {
    const lines: string[] = [];
    const stream = { isTTY: false, write: (text: string) => lines.push(text) } as unknown as NodeJS.WriteStream;
    const progress = streamProgress(stream);
    const [one, two] = [
      { names: ['a'], expectedMs: 1000 },
      { names: ['b', 'c'], expectedMs: 2000 },
    ];
    progress.start(3);
    progress.begin(one);
    progress.begin(two);
    progress.end(two);
    progress.end(one);
    progress.close();
    expect(lines).toEqual([
      '[0 of 3]  a: 0s of about 1s\n',
      '[0 of 3]  a: 0s of about 1s | 2 Go programs: 0s of about 2s\n',
      '[2 of 3]  ready after 0s: b, c\n',
      '[3 of 3]  ready after 0s: a\n',
    ]);
  });

  it('says afterwards what was ready while something else had the stream', () => {
    const lines: string[] = [];
    const stream = { isTTY: false, write: (text: string) => lines.push(text) } as unknown as NodeJS.WriteStream;
    let held = true;
    const progress = streamProgress(stream, () => held);
    const [one, two] = [
      { names: ['a'], expectedMs: 1000 },
      { names: ['b'], expectedMs: 1000 },
    ];
    progress.start(2);
    progress.begin(one);
    progress.end(one);
    expect(lines).toEqual([]);
    held = false;
    progress.begin(two);
    progress.close();
    expect(lines).toEqual(['[1 of 2]  ready after 0s: a\n', '[1 of 2]  b: 0s of about 1s\n']);
  });

  it.each([
    [0, '0s'],
    [9_400, '9s'],
    [59_600, '1m00s'],
    [60_000, '1m00s'],
    [605_000, '10m05s'],
    [-5, '0s'],
  ])('writes %i ms as %s', (ms, text) => {
    expect(formatDuration(ms)).toBe(text);
  });
});
