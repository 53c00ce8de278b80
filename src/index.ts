/** What the package gives to those who build on Sluice: plans as people write them, and deploy events as senders send them. */
import type { z } from 'zod';
import type { planDocument } from './plan/schema/plan.ts';

export type { DeployEventBody } from './intake/deploy-event.ts';
export { parseSecrets, type SignedHeaders, sign } from './network/standard-webhooks.ts';
export { formatProblems, loadPlanText, type PlanProblem } from './plan/index.ts';

/** A plan as it stands in a file. */
export type RolloutPlan = z.input<typeof planDocument>;
