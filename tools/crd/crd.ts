/** deploy/crds/rolloutplans.yaml: the kind RolloutPlan for the API server, from the schema that files are read by. */
import { stringify } from 'yaml';
import { planDocument } from '../../src/plan/schema/plan.ts';
import { jsonSchema } from '../docs/json-schema.ts';
import { withRules } from './rules.ts';
import type { Structural } from './schema.ts';
import { structural } from './structural.ts';

const INTRO = `# The kind RolloutPlan, written by \`npm run docs\` from the schema in src/plan/schema. Rules that it cannot say are held when a plan is read.
`;

const text = (description: string, maxLength = 1024): Structural => ({ type: 'string', maxLength, description });

const CONDITION: Structural = {
  type: 'object',
  required: ['type', 'status', 'lastTransitionTime', 'reason', 'message'],
  properties: {
    type: text('What is said', 316),
    status: { type: 'string', enum: ['True', 'False', 'Unknown'], description: 'Whether it is so' },
    observedGeneration: { type: 'integer', format: 'int64', minimum: 0, description: 'Generation that it was said of' },
    lastTransitionTime: { type: 'string', format: 'date-time', description: 'Since when' },
    reason: text('Why, in one word', 128),
    message: text('Why, in a sentence', 32_768),
  },
};

const STATUS: Structural = {
  type: 'object',
  description: 'What became of the plan',
  properties: {
    observedGeneration: { type: 'integer', format: 'int64', description: 'Generation of the plan that this is about' },
    conditions: {
      type: 'array',
      description: 'Ready, Reconciling and Stalled as kstatus knows them; Promoted and NeedsYou',
      maxItems: 20,
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['type'],
      items: CONDITION,
    },
    state: text('Where its newest rollout stands', 63),
    rollout: text('Name of its newest rollout', 253),
    sentence: text('What people are told of it', 4096),
  },
};

const COLUMNS = [
  { name: 'Primary', type: 'string', jsonPath: '.spec.workload.primary' },
  { name: 'State', type: 'string', jsonPath: '.status.state' },
  { name: 'Rollout', type: 'string', jsonPath: '.status.rollout' },
  { name: 'Ready', type: 'string', jsonPath: '.status.conditions[?(@.type=="Ready")].status' },
  { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
];

/** The plan as people write it: its name and namespace are the object's. */
export function planSchema(): Structural {
  const { properties = {}, description } = structural(jsonSchema('RolloutPlan', planDocument));
  const { spec = {} } = properties;
  return {
    type: 'object',
    description: description ?? 'How one service is rolled out',
    required: ['spec'],
    properties: {
      apiVersion: { type: 'string' },
      kind: { type: 'string' },
      metadata: { type: 'object' },
      spec: withRules(spec),
      status: STATUS,
    },
    'x-kubernetes-validations': [
      {
        rule: "size(self.metadata.name) <= 63 && !self.metadata.name.contains('.')",
        message: 'metadata.name: write a DNS label (at most 63 of a-z, 0-9 and "-"), for example reviews',
      },
    ],
  };
}

export function planCrd(): string {
  const names = { kind: 'RolloutPlan', listKind: 'RolloutPlanList', plural: 'rolloutplans', singular: 'rolloutplan' };
  const version = {
    name: 'v1alpha1',
    served: true,
    storage: true,
    additionalPrinterColumns: COLUMNS,
    subresources: { status: {} },
    schema: { openAPIV3Schema: planSchema() },
  };
  const crd = {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'rolloutplans.sluice.dev' },
    spec: {
      group: 'sluice.dev',
      scope: 'Namespaced',
      names: { ...names, shortNames: ['rp'], categories: ['all', 'sluice'] },
      versions: [version],
    },
  };
  return INTRO + stringify(crd, { lineWidth: 140, aliasDuplicateObjects: false });
}
