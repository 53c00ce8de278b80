import { expect, test } from 'vitest';
import { WROTE } from '../../../../src/kubernetes/objects/annotations.ts';
import type { Deployment } from '../../../../src/kubernetes/objects/deployments.ts';
import { hold, isHeld, release } from '../../../../src/kubernetes/objects/held.ts';
import { applyPatch } from '../../../support/fakes/json-patch.ts';

const canary = (paused: boolean, annotations: Record<string, string> = {}) =>
  ({ metadata: { name: 'reviews-v2', annotations }, spec: { ...(paused && { paused }) } }) as unknown as Deployment;

test('what was held is as it was before once it is released', () => {
  const before = canary(false, { team: 'books' });
  const held = applyPatch(before, hold(before)) as Deployment;
  expect(isHeld(held)).toBe(true);
  expect(hold(held)).toEqual([]);
  expect(applyPatch(held, release(held))).toEqual(before);
});

test('a pause of somebody else is none of ours, and stays', () => {
  expect(isHeld(canary(true))).toBe(false);
  expect(release(canary(true))).toEqual([]);
});

test('of one that somebody has resumed the note goes', () => {
  const resumed = canary(false, { [WROTE]: 'paused' });
  expect(isHeld(resumed)).toBe(false);
  expect(applyPatch(resumed, release(resumed))).toEqual(canary(false));
});
