import { describe, expect, it } from 'vitest';
import { formatImage, imageName, parseImage } from '../../../src/plan/index.ts';

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
