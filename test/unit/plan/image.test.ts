import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  formatDuration,
  formatImage,
  imageName,
  parseDuration,
  parseImage,
  planJsonSchemaText,
} from '../../../src/plan/index.ts';

describe('durations', () => {
  it.each([
    ['500ms', 500],
    ['30s', 30_000],
    ['1m', 60_000],
    ['10m', 600_000],
    ['6h', 21_600_000],
    ['1h30m', 5_400_000],
    ['1m500ms', 60_500],
    ['0s', 0],
  ])('%s is %d ms', (text, ms) => expect(parseDuration(text)).toBe(ms));

  it.each(['', '10', '1.5s', '-1s', '1s1m', '1m 30s', '1d', 'ms', '1M', ' 1s', '1s\n', '1e3s'])('%j is none', (text) =>
    expect(parseDuration(text)).toBeUndefined(),
  );

  it('read back what was written', () => {
    const readsBack = (ms: number) => parseDuration(formatDuration(ms)) === ms;
    fc.assert(fc.property(fc.integer({ min: 0, max: 1_000_000_000 }), readsBack));
  });
});

const DIGEST = `sha256:${'0123456789abcdef'.repeat(4)}`;

describe('image references', () => {
  it.each([
    ['reviews', 'docker.io/library/reviews'],
    ['bookinfo/reviews:v1', 'docker.io/bookinfo/reviews'],
    ['docker.io/reviews', 'docker.io/library/reviews'],
    ['index.docker.io/library/reviews', 'docker.io/library/reviews'],
    ['localhost/reviews', 'localhost/reviews'],
    ['localhost:5000/a/b:v1', 'localhost:5000/a/b'],
    [`registry.example.com/a/b__c-d.e:v1@${DIGEST}`, 'registry.example.com/a/b__c-d.e'],
    ['REGISTRY.example.com/a', 'registry.example.com/a'],
  ])('%s is the repository %s', (text, name) => {
    const image = parseImage(text);
    expect(image && imageName(image)).toBe(name);
    expect(image && formatImage(image)).toBe(text);
  });

  it.each([
    '',
    ':v1',
    'Reviews',
    'reviews:',
    'reviews:.v1',
    'a//b',
    '/a',
    'a/',
    'a@sha256:abc',
    `a@${DIGEST.toUpperCase()}`,
    `a@${DIGEST}@${DIGEST}`,
    'a b',
    'https://a/b',
    'a:v1:v2',
    `a:${'x'.repeat(129)}`,
    'a/'.repeat(200),
    'a\nb',
  ])('%j is none', (text) => expect(parseImage(text)).toBeUndefined());
});

it('docs/plan.schema.json is what `node src/plan/schema/write-json-schema.ts` writes', () => {
  const file = new URL('../../../docs/plan.schema.json', import.meta.url);
  expect(readFileSync(file, 'utf8')).toBe(planJsonSchemaText());
});
