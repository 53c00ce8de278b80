/**
 * Deploy events: verify who sent them, bring them into one form, find their plans, and hand them to Temporal.
 * One file per format; nothing here knows HTTP servers, Kubernetes or metrics.
 */
export { contentHash, type Delivered, type Delivery, deliver, newDelivery } from './deliver.ts';
export { type DeployRequest, readDeployEvent, requestedImage } from './deploy-event.ts';
export { type KnownPlan, matchPlans, planId } from './match.ts';
export {
  parseSecrets,
  sign,
  verify,
  type WebhookSecret,
} from './standard-webhooks.ts';
