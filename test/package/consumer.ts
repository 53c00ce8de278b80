/** What somebody writes who builds on Sluice: a plan and an event by their types, the schema, a signature. */
export const CONSUMER = `
import { type DeployEventBody, loadPlanText, parseSecrets, type RolloutPlan, sign } from 'sluice';
import schema from 'sluice/plan.schema.json' with { type: 'json' };

const plan: RolloutPlan = {
  apiVersion: 'sluice.dev/v1alpha1',
  kind: 'RolloutPlan',
  metadata: { name: 'reviews' },
  // @ts-expect-error a section that there is not
  spec: { nothing: true },
};
const event: DeployEventBody = { plan: plan.metadata.name, reason: 'release 42' };
// @ts-expect-error a field that there is not
const misspelt: DeployEventBody = { planName: 'reviews' };

const result = loadPlanText(JSON.stringify(plan), 'plan.json');
const [secret] = parseSecrets(['whsec_' + Buffer.alloc(32, 7).toString('base64')]);
const headers = secret && sign('msg_1', new Date(0), JSON.stringify({ ...event, ...misspelt }), secret);
console.log(JSON.stringify({
  refused: 'problems' in result,
  signature: headers?.['webhook-signature'].slice(0, 3),
  schema: schema.title,
}));
`;

export const CONSUMER_TSCONFIG = {
  compilerOptions: {
    target: 'ES2024',
    module: 'NodeNext',
    strict: true,
    resolveJsonModule: true,
    skipLibCheck: false,
    noEmit: true,
    types: ['node'],
  },
  files: ['consumer.ts'],
};
