import { installationDocument } from '../../src/installation/schema.ts';
import { mirrorDocument } from '../../src/plan/schema/mirror.ts';
import { planDocument } from '../../src/plan/schema/plan.ts';
import { openApi } from '../../src/server/api/openapi.ts';
import { apiReference } from './api.ts';
import { cliReference } from './cli.ts';
import { documentReference } from './document.ts';
import { exitCodeReference } from './exit-codes.ts';
import { jsonSchema } from './json-schema.ts';
import { webhookEvent } from './webhook-schema.ts';

const PLAN_INTRO = `Every field of a plan, written by \`npm run docs\` from the schema in \`src/plan/schema\`. How plans are
used: [a plan](../use/plan.md). For editors: [plan.schema.json](plan.schema.json). \`sluice plan check FILE\` holds the rules
between fields as well, such as growing weights.`;

const MIRROR_INTRO = `Every field of a mirror, written by \`npm run docs\` from \`src/plan/schema/mirror.ts\`. How mirrors are used:
[mirrors for their own sake](../use/mirror.md).`;

const INSTALLATION_INTRO = `Every field of the operator's file, \`sluice.yaml\`, written by \`npm run docs\` from \`src/installation\`. How it is
used: [senders](../use/senders.md), [metric sources](../use/metric-sources.md).`;

const WEBHOOK_INTRO = `What a webhook gets, written by \`npm run docs\` from \`tools/docs/webhook-schema.ts\`: a CloudEvent 1.0 in structured mode.
How webhooks are used: [notifications](../use/notifications.md). For programs: [webhook.schema.json](webhook.schema.json). Fields may be
added, and values of texts; what goes or changes is another version in \`type\`.`;

/** The files of docs/reference by name. */
export function referenceFiles(): Record<string, string> {
  const plan = jsonSchema('Sluice RolloutPlan', planDocument);
  const mirror = jsonSchema('Sluice MirrorPlan', mirrorDocument);
  const webhook = jsonSchema('Sluice Webhook', webhookEvent);
  return {
    'webhook.md': documentReference(webhook, WEBHOOK_INTRO),
    'webhook.schema.json': `${JSON.stringify(webhook, null, 2)}\n`,
    'plan.md': documentReference(plan, PLAN_INTRO),
    'plan.schema.json': `${JSON.stringify(plan, null, 2)}\n`,
    'mirror-plan.md': documentReference(mirror, MIRROR_INTRO),
    'installation.md': documentReference(jsonSchema('Sluice Installation', installationDocument), INSTALLATION_INTRO),
    'cli.md': cliReference(),
    'api.md': apiReference(),
    'openapi.json': `${JSON.stringify(openApi(), null, 2)}\n`,
    'exit-codes.md': exitCodeReference(),
  };
}
