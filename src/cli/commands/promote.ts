import { actionCommand } from './shared/action.ts';

export const addPromote = actionCommand({
  verb: 'promote',
  description: 'skip what is left of mirror and weights and upgrade the primary',
  leaves: 'Readiness is never skipped, nor approvals or hours of the plan; checks go on and can still abort.',
  example: 'sluice promote demo/reviews --reason "urgent fix"',
});
