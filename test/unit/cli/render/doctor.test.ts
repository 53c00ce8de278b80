import { expect, it } from 'vitest';
import { doctorLines } from '../../../../src/cli/render/doctor.ts';
import type { Section } from '../../../../src/contract/preflight.ts';

const PLAIN = { width: 60, color: false, unicode: true };
const empty = { problems: [], warnings: [], facts: [] };

it('shows every subject, what is wrong with its remedy, and the verdict last', () => {
  const sections: Section[] = [
    { subject: 'cluster', ...empty, facts: ['Deployment demo/reviews-v1 runs reviews:v1, 2 of 2 pods ready'] },
    {
      subject: 'writes',
      ...empty,
      problems: [
        {
          where: 'VirtualService demo/reviews',
          problem: 'step 12 would be refused: no\u0007',
          remedy: 'ask for leave',
        },
      ],
    },
    { subject: 'owners', ...empty, warnings: ["Argo CD's Application shop"] },
    { subject: 'metrics', ...empty },
  ];
  expect(doctorLines('demo/reviews', sections, PLAIN)).toEqual([
    'cluster',
    '  ✔ Deployment demo/reviews-v1 runs reviews:v1, 2 of 2 pods',
    '    ready',
    'writes',
    '  ✖ VirtualService demo/reviews: step 12 would be refused:',
    '    no',
    '  → ask for leave',
    'owners',
    "  ⚠ Argo CD's Application shop",
    'metrics',
    '  ✔ nothing to say',
    'A rollout of demo/reviews would be refused: 1 problem, 1 warning.',
  ]);
  expect(doctorLines('demo/reviews', [{ subject: 'routes', ...empty }], PLAIN).at(-1)).toBe(
    'A rollout of demo/reviews could start.',
  );
});
