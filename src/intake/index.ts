/**
 * Deploy events: prove who sent them, bring them into one form, find their plans, and hand them to Temporal. Schemes and vendors are data;
 * nothing here knows HTTP servers, Kubernetes or metrics.
 */
export { MEDIA_TYPES, mediaType } from './cloud-event.ts';
export { contentHash, type Delivered, type Delivery, deliver, newDelivery } from './deliver.ts';
export { checkDeployEvent, type DeployRequest, requestedImage } from './deploy-event.ts';
export { type KnownPlan, matchPlans, planId } from './match.ts';
export { bearerOf, proveClaims } from './oidc.ts';
export { type HeaderProof, type ProofRefusal, type ReadHeader, refuse, WRONG } from './proof.ts';
export { asDeliveryId, readEvent } from './reading.ts';
export { keysOf, proveHeaders, readingsOf, schemeOf } from './senders.ts';
export { isSigned, readSignature } from './signature.ts';
