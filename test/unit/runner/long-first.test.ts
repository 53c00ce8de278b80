import { existsSync } from 'node:fs';
import { expect, it } from 'vitest';
import type { TestSpecification } from 'vitest/node';
import config from '../../../vitest.config.ts';
import { LONG, longFirst } from '../../runner/long-first.ts';

const spec = (moduleId: string) => ({ moduleId }) as TestSpecification;

it('puts the long ones first, the longest before the others, and leaves the rest as it was', () => {
  const files = ['/a/big.test.ts', `/b/${LONG[1]}`, '/a/small.test.ts', `/b/${LONG[0]}`].map(spec);
  expect(longFirst(files).map(({ moduleId }) => moduleId)).toEqual([
    `/b/${LONG[0]}`,
    `/b/${LONG[1]}`,
    '/a/big.test.ts',
    '/a/small.test.ts',
  ]);
});

it('knows no file that is not there', () => {
  expect(LONG.filter((file) => !existsSync(file))).toEqual([]);
});

it('tiers of another number of workers have a group of their own, or vitest would run none of them', () => {
  type Project = { test: { name: string; maxWorkers?: number; sequence?: { groupOrder?: number } } };
  const projects = config.test?.projects as Project[];
  const pairs = projects.map(({ test }) => [
    test.sequence?.groupOrder ?? 0,
    test.maxWorkers ?? config.test?.maxWorkers,
  ]);
  expect(new Set(pairs.map(String)).size).toBe(new Set(pairs.map(([group]) => group)).size);
});
