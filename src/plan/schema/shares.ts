/** What a plan cannot ask of routes that split users by pods, and not by percent. */

import type { z } from 'zod';
import { can } from '../../routers/registry.ts';
import type { Report } from './section.ts';
import { type shift, shiftStages } from './shift.ts';
import type { scale } from './steps.ts';
import type { traffic } from './traffic.ts';

interface Shares {
  traffic: z.output<typeof traffic>;
  shift: z.output<typeof shift>;
  scale: z.output<typeof scale>;
}

const AT_ONCE = 'write shift: { weights: [100] }';

export function reportShares({ traffic: { routes, mode = 'switch' }, shift, scale }: Shares, report: Report): void {
  const kind = routes.find((one) => can(one.kind).weights === 'pods')?.kind;
  if (kind === undefined) return;
  const where = shift.stages ? 'stages' : 'weights';
  const part = shiftStages(shift).find(({ weight }) => weight < 100);
  if (mode === 'switch' && part) {
    const message = `a ${kind} is switched from one side to the other, so no ${part.weight} % of the users can be on the canary`;
    report(['shift', where], message, `${AT_ONCE}, or traffic.mode: pods, where both sides share users by their pods`);
  }
  if (shift.back) report(['shift', 'back'], `behind a ${kind} all users go back at once`, 'remove back');
  if (mode === 'switch') return;
  const { autoscaler, matchWeight } = scale.canary;
  if (autoscaler)
    report(
      ['scale', 'canary', 'autoscaler'],
      "the canary's pods are its share of the users, so nothing else may change their number",
      'remove autoscaler',
    );
  if (!matchWeight)
    report(['scale', 'canary', 'matchWeight'], "the canary's pods are its share of the users", 'remove matchWeight');
}
