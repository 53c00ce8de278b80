import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { followLines } from '../../../../lab/mesh-metrics/index.ts';

describe('following a file', () => {
  it('hands over whole new lines only', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'lab-follow-'));
    onTestFinished(() => rmSync(dir, { recursive: true }));
    const file = join(dir, 'log');
    writeFileSync(file, 'old\n');
    const lines: string[] = [];
    const stop = await followLines(file, (line) => lines.push(line));
    appendFileSync(file, 'one\ntw');
    await vi.waitFor(() => expect(lines).toEqual(['one']));
    appendFileSync(file, 'o ü\nthree\nhalf');
    await stop();
    expect(lines).toEqual(['one', 'two ü', 'three']);
  });
});
