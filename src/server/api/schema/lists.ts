/** What there is: rollouts, the history of a plan, mirrors. */
import { z } from 'zod';
import { OUTCOMES } from '../../../contract/view.ts';
import type { MirrorEntry } from '../../../steering/list-mirrors.ts';
import type { ListEntry } from '../../../steering/list-rollouts.ts';
import { next, of, text, time } from './common.ts';
import { outcome, STATES } from './rollout.ts';

export const LISTED = [...STATES, ...OUTCOMES, 'lost'] as const;

const listed = of<ListEntry>()(
  z.object({
    cluster: text,
    namespace: text,
    plan: text,
    rollout: text.optional().describe('`PLAN-NUMBER`; default: it has no number yet'),
    revision: text.optional(),
    state: z
      .enum(LISTED)
      .describe('A state while it runs, an outcome afterwards; `lost`: its workflow is gone; `ended`: it said none'),
    step: text.optional(),
    startedAt: time,
    endedAt: time.optional(),
    runId: text,
  }),
);

export const rollouts = z
  .object({ rollouts: z.array(listed.meta({ id: 'ListedRollout' })).describe('Newest first'), next })
  .meta({ id: 'Rollouts', description: 'A page may be shorter than its limit, or empty, and still have a next one' });

const past = z
  .object({
    ...listed.shape,
    outcome: outcome.optional().describe('Default: it goes on, or ended without one'),
    image: text.optional(),
    previousImage: text.optional(),
    by: text.optional().describe('Who, or which sender, brought it'),
    reason: text.optional(),
  })
  .meta({ id: 'PastRollout' });

export const history = z.object({ rollouts: z.array(past).describe('Newest first'), next }).meta({ id: 'History' });

const MIRROR_STATES = [
  'starting',
  'running',
  'stopping',
  'ended',
  'stopped',
  'target-lost',
  'refused',
  'failed',
  'lost',
];

const mirror = of<MirrorEntry>()(
  z.object({
    cluster: text,
    namespace: text,
    name: text,
    state: z.enum(MIRROR_STATES as MirrorEntry['state'][]),
    what: text.describe('What is copied, from where to where'),
    startedAt: time,
    endedAt: time.optional(),
  }),
).meta({ id: 'Mirror' });

export const mirrors = z.object({ mirrors: z.array(mirror).describe('Newest first') }).meta({ id: 'Mirrors' });

export type Rollouts = z.output<typeof rollouts>;
export type PastRollout = z.output<typeof past>;
