import { z } from 'zod';
import { dnsLabel, duration, flag, host, objectName } from './scalars.ts';
import { list, reportRepeats, rule, section } from './section.ts';
import { expects, show, wording } from './wording.ts';

const LATER_KINDS = ['HTTPRoute', 'GRPCRoute'];

const routeKind = z.literal('VirtualService', {
  error: (issue) =>
    LATER_KINDS.includes(String(issue.input))
      ? wording(`${show(issue.input)} is not supported by this version`, 'route with a VirtualService')
      : expects('VirtualService')(issue),
});

const ruleName = z
  .string({ error: expects('the name of an http rule') })
  .min(1)
  .max(253);

const route = section({
  kind: routeKind,
  name: objectName('reviews'),
  namespace: dnsLabel('demo').optional().describe('Default: the namespace of the plan'),
  rules: list(ruleName, 'the names of http rules, for example [reviews]', { min: 1 })
    .optional()
    .describe('Names of the http rules to manage; default: every rule that routes to the primary'),
});

const routes = list(route, 'the routes to manage, for example [{ kind: VirtualService, name: reviews }]', {
  min: 1,
  max: 20,
}).superRefine((entries, context) => {
  reportRepeats(
    entries,
    ({ kind, namespace, name }) => [kind, namespace, name].join('/'),
    (index, _key, first) => {
      const message = wording(`the same route as entry ${first}`, 'name its rules in one entry');
      context.addIssue({ code: 'custom', path: [index, 'name'], message });
    },
  );
});

const destination = section({
  host: host.describe('Host as the route writes it, short or fully qualified'),
  subset: dnsLabel('v1').optional().describe('Subset of the DestinationRule'),
});

export const traffic = section({
  routes,
  primary: destination,
  canary: destination,
  terminationDrain: duration('30s', { min: '0s', max: '1h' })
    .default('30s')
    .describe('How long connections may drain between "routed away" and the scale-down'),
  allowUngoverned: flag.default(false).describe('Go on although callers that bypass the routes may reach canary pods'),
}).check(
  rule(['primary', 'canary'], ({ primary, canary }, report) => {
    if (primary.host !== canary.host || primary.subset !== canary.subset) return;
    report(['canary'], 'this is the destination of the primary', 'give the canary a subset or host of its own');
  }),
);
