import { z } from 'zod';
import type { Side } from '../../contract/activities.ts';
import { can, ROUTE_KINDS, type RouterAbilities } from '../../routers/registry.ts';
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
    const remedy = 'keep the routes of Istio, those of the Gateway API, and Services in plans of their own';
    context.addIssue({ code: 'custom', path: [stranger, 'kind'], message: wording(message, remedy) });
  }
  for (const [index, { kind, rules }] of entries.entries()) {
    if (!rules || can(kind).destination !== 'selector') continue;
    const message = wording(`a ${kind} has no rules`, 'remove rules');
    context.addIssue({ code: 'custom', path: [index, 'rules'], message });
  }
});

const destination = section({
  host: host.optional().describe('Istio: host as the route writes it, short or fully qualified'),
  subset: dnsLabel('v1').optional().describe('Istio: subset of the DestinationRule'),
  service: dnsLabel('reviews-primary')
    .optional()
    .describe("Gateway API: the Service; kind Service: one of the canary's own, for tests and previews, default none"),
  namespace: dnsLabel('demo').optional().describe("Gateway API: the Service's namespace; default: the route's"),
  port: whole(1, 65_535, 9080).optional().describe("Gateway API: the Service's port"),
});

export type DestinationDocument = z.output<typeof destination>;

const KEYS = ['host', 'subset', 'service', 'namespace', 'port'] as const;

interface Form {
  needed: readonly (typeof KEYS)[number][];
  foreign: readonly (typeof KEYS)[number][];
  remedy: string;
}

const HOST: Form = {
  needed: ['host'],
  foreign: ['service', 'namespace', 'port'],
  remedy: 'write { host: reviews, subset: v1 }',
};
const SERVICE: Form = {
  needed: ['service', 'port'],
  foreign: ['host', 'subset'],
  remedy: 'write { service: reviews-primary, port: 9080 }',
};

/** Name of the Service that leads to a side, without its namespace. */
export function serviceNameOf({ host, service }: DestinationDocument): string {
  return (service ?? host ?? '').split('.')[0] ?? '';
}

/** By what a router's destinations are. */
const DESTINATIONS: Record<RouterAbilities['destination'], Record<Side, Form>> = {
  host: { primary: HOST, canary: HOST },
  service: { primary: SERVICE, canary: SERVICE },
  selector: {
    primary: { needed: [], foreign: KEYS, remedy: 'leave primary out: at rest the route itself leads to its pods' },
    canary: {
      needed: [],
      foreign: ['host', 'subset', 'namespace', 'port'],
      remedy: 'leave canary out, or write { service: reviews-canary }',
    },
  },
};

export const traffic = section({
  routes: routes.describe('Routes that Sluice writes'),
  mode: z
    .enum(['switch', 'pods'], { error: expects('switch or pods') })
    .optional()
    .describe(
      'Kind Service: switch all users at once, or let both sides share them by their ready pods; default: switch',
    ),
  primary: destination.prefault({}).describe('Where users go at rest; kind Service: left out'),
  canary: destination.prefault({}).describe('Where the new revision is; kind Service: may be left out'),
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
      const forms = DESTINATIONS[can(first.kind).destination];
      for (const [side, value] of [
        ['primary', primary],
        ['canary', canary],
      ] as const) {
        const { needed, foreign, remedy } = forms[side];
        const lacks = needed.filter((key) => value[key] === undefined);
        const strange = foreign.filter((key) => value[key] !== undefined);
        if (strange.length > 0) report([side], `${first.kind} does not know ${strange.join(' and ')}`, remedy);
        else if (lacks.length > 0) report([side], `lacks ${lacks.join(' and ')}`, remedy);
      }
    }),
  )
  .check(
    rule(['routes', 'primary', 'canary', 'create'], ({ routes, primary, canary, create }, report) => {
      const selects = routes.some(({ kind }) => can(kind).destination === 'selector');
      const remedy = 'give the canary a destination of its own';
      const same = KEYS.every((key) => primary[key] === canary[key]);
      if (!selects && same) report(['canary'], 'this is the destination of the primary', remedy);
      if (selects && routes.some(({ name }) => name === canary.service))
        report(['canary', 'service'], 'this is the Service that users call', remedy);
      if (selects && create && !canary.service)
        report(['create'], 'there is nothing to make', 'name canary: { service: … }, or remove create');
    }),
    rule(['routes', 'mode'], ({ routes: [first], mode }, report) => {
      if (!first || mode === undefined || can(first.kind).weights === 'pods') return;
      report(['mode'], `${first.kind} splits users by percent`, 'remove mode');
    }),
  );
