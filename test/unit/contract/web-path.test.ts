import { expect, it } from 'vitest';
import { renderPath, unknownInPath } from '../../../src/contract/web-path.ts';

const VALUES = { namespace: 'demo', workload: 'reviews-v2', service: 'reviews', revision: 'a/../b?c=d&e#f' };

it('puts values into a path as one part of it, whatever is in them', () => {
  expect(renderPath('/{{namespace}}/{{ workload }}?q={{service}}', VALUES)).toBe('/demo/reviews-v2?q=reviews');
  expect(renderPath('/q?v={{revision}}', VALUES)).toBe('/q?v=a%2F..%2Fb%3Fc%3Dd%26e%23f');
});

it('names what stands for nothing', () => {
  expect(unknownInPath('/{{namespace}}/{{service}}')).toBeUndefined();
  expect(unknownInPath('/{{namespace}}/{{pods}}')).toBe('pods');
  expect(unknownInPath('/{{}}')).toBe('');
  expect(unknownInPath('/{{constructor}}')).toBe('constructor');
});
