/**
 * The operator's one file (`sluice.yaml`): what is the installation's and not a plan's. Schema, reading, reading again; and the one place
 * where a plan's or a mirror's metric source becomes a client. Values of logins stay here: nothing shows or stores them.
 */
export { type InstallationFile, noFile, watchInstallation } from './file.ts';
export type { IdentityProvider } from './identity-provider-schema.ts';
export type { AddressesInPlans, Installation } from './installation.ts';
export { metricSources } from './metric-sources.ts';
export { findTarget, webhookAddress } from './notification-targets.ts';
export type { Grant, Person, Server } from './people-schema.ts';
export { namesRule, onlySource, rulesOf, sourceOfFile } from './plan-sources.ts';
export { revisionKeys } from './revision-keys.ts';
export { readSecret } from './secret.ts';
export type { DeploySender, SenderReading, SenderSignature, SenderTokens } from './sender-schema.ts';
export { type PlanSource, watchPlans } from './watch-plans.ts';
export { webSources } from './web-sources.ts';
