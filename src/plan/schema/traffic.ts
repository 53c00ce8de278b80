import { z } from 'zod';
import { can, ROUTE_KINDS } from '../../routers/registry.ts';
import { expects, wording } from '../wording.ts';
import { dnsLabel, duration, flag, host, objectName, whole } from './scalars.ts';
import { list, reportRepeats, rule, section } from './section.ts';

const ruleName = z
  .string({ error: expects('the name of a rule') })
  .min(1)
  .max(253);

const route = section({
  kind: z.enum(ROUTE_KINDS, { error: expects(ROUTE_KINDS.join(', ')) }).describe('Kind of the route'),
  name: objectName('reviews').describe('Name of the route'),
  namespace: dnsLabel('demo').optional().describe('Namespace of the route; default: the namespace of the plan'),
  rules: list(ruleName, 'the names of rules, for example [reviews]', { min: 1 })
    .optional()
    .describe('Names of the rules to manage; default: every rule that routes to the primary'),
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
  const forms = entries.map(({ kind }) => can(kind).destination);
  const stranger = forms.findIndex((form) => form !== forms[0]);
  if (stranger > 0) {
    const message = `${entries[stranger]?.kind} and ${entries[0]?.kind} name destinations differently`;
    const remedy = 'keep the routes of Istio and those of the Gateway API in two plans';
    context.addIssue({ code: 'custom', path: [stranger, 'kind'], message: wording(message, remedy) });
  }
});

const destination = section({
  host: host.optional().describe('Istio: host as the route writes it, short or fully qualified'),
  subset: dnsLabel('v1').optional().describe('Istio: subset of the DestinationRule'),
  service: dnsLabel('reviews-primary').optional().describe('Gateway API: the Service'),
  namespace: dnsLabel('demo').optional().describe("Gateway API: the Service's namespace; default: the route's"),
  port: whole(1, 65_535, 9080).optional().describe("Gateway API: the Service's port"),
});

export type DestinationDocument = z.output<typeof destination>;

/** By what a router's destinations are. */
const DESTINATIONS = {
  host: { needed: ['host'], foreign: ['service', 'namespace', 'port'], example: '{ host: reviews, subset: v1 }' },
  service: {
    needed: ['service', 'port'],
    foreign: ['host', 'subset'],
    example: '{ service: reviews-primary, port: 9080 }',
  },
} as const;

export const traffic = section({
  routes: routes.describe('Routes that Sluice writes'),
  primary: destination.describe('Where users go at rest'),
  canary: destination.describe('Where the new revision is'),
  terminationDrain: duration('30s', { min: '0s', max: '1h' })
    .default('30s')
    .describe('How long connections may drain between "routed away" and the scale-down'),
  allowUngoverned: flag
    .default(false)
    .describe("Go on although ways past the plan's rules lead users to canary pods; each is named"),
  onDrift: z
    .enum(['hold', 'restore'], { error: expects('hold or restore') })
    .default('hold')
    .describe("When somebody else changes Sluice's fields of a route: ask a person, or write them again"),
  create: flag
    .default(false)
    .describe("Make what the canary's destination lacks (Service, subset), and remove it at the end"),
  awaitStatus: flag
    .default(true)
    .describe(
      "Gateway API: wait until the route's status says that a change is in force; false: its controller writes none",
    ),
})
  .check(
    rule(['routes', 'primary', 'canary'], ({ routes: [first], primary, canary }, report) => {
      if (!first) return;
      const form = DESTINATIONS[can(first.kind).destination];
      for (const [side, value] of Object.entries({ primary, canary })) {
        const lacks = form.needed.filter((key) => value[key] === undefined);
        const foreign = form.foreign.filter((key) => value[key] !== undefined);
        if (foreign.length > 0) {
          report([side], `${first.kind} does not know ${foreign.join(' and ')}`, `write ${form.example}`);
        } else if (lacks.length > 0) report([side], `lacks ${lacks.join(' and ')}`, `write ${form.example}`);
      }
    }),
  )
  .check(
    rule(['primary', 'canary'], ({ primary, canary }, report) => {
      const keys = ['host', 'subset', 'service', 'namespace', 'port'] as const;
      if (keys.some((key) => primary[key] !== canary[key])) return;
      report(['canary'], 'this is the destination of the primary', 'give the canary a destination of its own');
    }),
  );
