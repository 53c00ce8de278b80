/** Rules of VirtualServices as a plan manages them. Pure. */
import { isMadeFor } from '../shared/own-rules.ts';
import { PlanRules } from '../shared/rules.ts';
import { withAffinity } from './affinity.ts';
import { readAffinity } from './affinity-read.ts';
import { httpMatching } from './match.ts';
import { type DestinationPair, type HttpRule, pairOf } from './objects.ts';
import { foundRule, MIRROR_FIELDS, readRule, withIntent } from './rule.ts';

export const istioRules = new PlanRules<HttpRule, DestinationPair>({
  lists: ['http', 'tcp', 'tls'],
  targets: 'destinations',
  pairOf,
  readRule,
  isAffinity: (rule, { name }) => isMadeFor('affinity', rule, name),
  isMatch: (rule, { name }) => isMadeFor('match', rule, name),
  matching: httpMatching,
  ordered: true,
  readAffinity,
  describeAffinity: ({ phase }) => (phase === 'keep' ? 'who met it stays' : 'its cookie expires'),
  foundRule,
  withIntent,
  withAffinity,
  fields: ['route', ...MIRROR_FIELDS],
});
