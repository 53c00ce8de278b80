import { expect, it } from 'vitest';
import { ownAnnotations } from '../../../../src/importing/shared/annotations.ts';

const WRITTEN = {
  'kubectl.kubernetes.io/last-applied-configuration': '{}',
  'deployment.kubernetes.io/revision': '3',
  'rollout.argoproj.io/revision': '3',
  'sluice.dev/adopted': 'demo/shop',
};

it('keeps what people wrote, and nothing of servers and tools', () => {
  const own = { team: 'fish', 'kubectl.kubernetes.io/restartedAt': '2026-01-02T03:04:05Z' };
  expect(ownAnnotations({ ...WRITTEN, ...own })).toEqual(own);
});

it.each([WRITTEN, {}, undefined, 'text'])('is absent when none is left: %j', (annotations) => {
  expect(ownAnnotations(annotations)).toBeUndefined();
});
