/**
 * Deploy events: verify who sent them, bring them into one form, find their plans, and hand them to Temporal.
 * One file per format; nothing here knows HTTP servers, Kubernetes or metrics.
 */
export { contentHash, type Delivered, type Delivery, deliver, newDelivery } from './deliver.ts';
export { type DeployRequest, type EventProblem, readDeployEvent, requestedImage } from './deploy-event.ts';
export { type KnownPlan, matchPlans, type PlanMatch, planId } from './match.ts';
export {
  parseSecrets,
  type SignedHeaders,
  sign,
  type Verification,
  type VerifyOptions,
  verify,
  type WebhookSecret,
} from './standard-webhooks.ts';
