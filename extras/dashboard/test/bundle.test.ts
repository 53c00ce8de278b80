/** What is shipped: the server's part needs nothing but Node, and a browser loads little. */
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliCompressSync } from 'node:zlib';
import { beforeAll, expect, test } from 'vitest';
import { bundle } from '../build.ts';
import { hostOf, recordedWorld } from './support/stand-in.ts';

const KILOBYTES = 60;
const dir = mkdtempSync(join(tmpdir(), 'sluice-dashboard-'));
const built = (name: string) => readFileSync(join(dir, name), 'utf8');

beforeAll(() => bundle(dir));

test(`less than ${KILOBYTES} KB of script, compressed, in one file`, () => {
  const script = built('client.js');
  expect(brotliCompressSync(script).length).toBeLessThan(KILOBYTES * 1000);
  expect(script).not.toMatch(/\bimport\s*[{("']/);
});

test('the server’s part needs no other package', () => {
  const sources = [...built('index.js').matchAll(/^import .* from "(.*)";$/gm)].map(([, from]) => from);
  expect(sources).toContain('node:fs');
  expect(sources.filter((from) => !from?.startsWith('node:'))).toEqual([]);
});

test('it answers with pages, and with the files that they name', async () => {
  const { extend } = await import(join(dir, 'index.js'));
  const { fetch } = await extend(hostOf(recordedWorld()));
  const page = await (await fetch(new Request('https://sluice.example/'))).text();
  for (const [, path] of page.matchAll(/(?:href|src)="(\/assets\/[^"]+)"/g)) {
    const file = await fetch(new Request(`https://sluice.example${path}`));
    expect(file.headers.get('cache-control')).toContain('immutable');
  }
  expect(page.match(/\/assets\//g)).toHaveLength(2);
});
