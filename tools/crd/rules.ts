/** What the schema of plans says between fields, in CEL: the API server refuses with these sentences what `src/plan/schema` refuses. */
import { LAST_COMPARED_WEIGHT } from '../../src/judge/compare/presets.ts';
import { can, ROUTE_KINDS } from '../../src/routers/registry.ts';
import { type CelRule, celName, type Structural } from './schema.ts';

const quoted = (texts: readonly string[]) => `[${texts.map((text) => `'${text}'`).join(', ')}]`;
const kindsThat = (does: (kind: string) => boolean) => ROUTE_KINDS.filter(does);
const HOSTS = kindsThat((kind) => can(kind).destination === 'host');
const SERVICES = kindsThat((kind) => can(kind).destination === 'service');
const SELECTORS = kindsThat((kind) => can(kind).destination === 'selector');
const SHARED = kindsThat((kind) => can(kind).weights === 'pods');
const COPYING = kindsThat((kind) => can(kind).mirror !== 'none');
const KEEPING = kindsThat((kind) => can(kind).affinity);
const MATCHING = kindsThat((kind) => can(kind).headerMatch);

/** A section that may be null is left out then. */
const on = (field: string) => `has(self.${field}) && self.${field} != null`;
/** CEL over the weights as they are written either way. @param test of a weight `w` */
const someWeight = (test: string, otherwise: string) =>
  `(has(self.shift) && has(self.shift.stages) ? self.shift.stages.exists(s, has(s.weight) && ${test.replaceAll('w', 's.weight')})
   : has(self.shift) && has(self.shift.weights) ? self.shift.weights.exists(w, ${test}) : ${otherwise})`;

const FROM_CANARY = "has(self.workload.source) && self.workload.source == 'canary'";
/** Users are split by pods, and not by percent. */
const SHARES = `self.traffic.routes.exists(r, r.kind in ${quoted(SHARED)})`;
const MODE_PODS = "has(self.traffic.mode) && self.traffic.mode == 'pods'";
const MATCHES = 'has(self.shift) && has(self.shift.stages) && self.shift.stages.exists(s, has(s.match))';

const GROW = 'write whole percents from 1 to 100 that grow and end at 100, for example [20, 40, 60, 80, 100]';
const BOUNDS: CelRule[] = [{ rule: 'self.min <= self.max', message: 'min is more than max' }];
const CHANCE: CelRule[] = [
  { rule: 'self > 0.0 && self < 1.0', message: 'write a chance between 0 and 1, for example 0.01' },
];

/** @param wanted what a destination of these kinds has, and what it has not */
function destinationRule(
  side: string,
  kinds: string[],
  [wanted, unwanted]: [string[], string[]],
  write: string,
): CelRule {
  const has = (name: string) => `has(self.${side}) && has(self.${side}.${celName(name)})`;
  const form = [...wanted.map(has), ...unwanted.map((name) => `!(${has(name)})`)].join(' && ');
  return {
    rule: `!(self.routes[0].kind in ${quoted(kinds)}) || (${form})`,
    message: `${side}: for ${kinds.join(', ')} ${write}`,
  };
}

function destinationRules(side: 'primary' | 'canary'): CelRule[] {
  const own = side === 'primary' ? [] : ['service'];
  const selects: [string[], string[]] = [[], DESTINATION.filter((name) => !own.includes(name))];
  return [
    destinationRule(side, HOSTS, [['host'], ['service', 'namespace', 'port']], 'write { host: reviews, subset: v1 }'),
    destinationRule(
      side,
      SERVICES,
      [
        ['service', 'port'],
        ['host', 'subset'],
      ],
      'write { service: reviews-primary, port: 9080 }',
    ),
    destinationRule(side, SELECTORS, selects, 'leave it out'),
  ];
}

const DESTINATION = ['host', 'subset', 'service', 'namespace', 'port'];

function sameField(name: string): string {
  const [one, other] = [`self.primary.${celName(name)}`, `self.canary.${celName(name)}`];
  return `has(${one}) == has(${other}) && (!has(${one}) || ${one} == ${other})`;
}

/** By place in the spec; `[]`: each entry. A message may begin with the field below it that is wrong. */
const PLAN_RULES: Record<string, readonly CelRule[]> = {
  '': [
    {
      rule: "!has(self.queue) || (has(self.onNewRevision) && self.onNewRevision == 'queue')",
      message: 'queue: nothing waits; write onNewRevision: queue, or remove queue',
    },
    {
      rule: `!(${FROM_CANARY}) || !has(self.events) || size(self.events) == 0`,
      message: 'events: with source: canary no event brings an image; remove events, or write source: event',
    },
    {
      rule: `!(${FROM_CANARY}) || !has(self.onNewRevision) || self.onNewRevision == 'supersede'`,
      message: 'onNewRevision: with source: canary a running rollout can only give way; write supersede, or remove it',
    },
    {
      rule: `!(${on('affinity')}) || self.traffic.routes.all(r, r.kind in ${quoted(KEEPING)})`,
      message: `affinity: route with ${KEEPING.join(' or ')}, or leave affinity out`,
    },
    {
      rule: `!(${on('mirror')}) || self.traffic.routes.all(r, r.kind in ${quoted(COPYING)})`,
      message: `mirror: route with ${COPYING.join(' or ')}, or leave mirror out`,
    },
    {
      rule: `!(${SHARES}) || ${MODE_PODS} || !${someWeight('w < 100', 'true')}`,
      message:
        'shift: users are switched from one side to the other; write weights: [100], or traffic.mode: pods, where both sides share users by their pods',
    },
    {
      rule: `!(${SHARES}) || !has(self.shift) || !has(self.shift.back) || self.shift.back == null`,
      message: 'shift.back: behind a Service all users go back at once; remove back',
    },
    {
      rule: `!(${SHARES}) || !(${MODE_PODS}) || !has(self.scale) || !has(self.scale.canary) || (!has(self.scale.canary.autoscaler) && (!has(self.scale.canary.matchWeight) || self.scale.canary.matchWeight))`,
      message: "scale.canary: the canary's pods are its share of the users; remove autoscaler and matchWeight",
    },
    {
      rule: `!(${on('affinity')}) || !has(self.shift) || !has(self.shift.back) || self.shift.back == null`,
      message: 'shift.back: with affinity users stay at every weight; remove back or affinity',
    },
    {
      rule: `!(${on('affinity')}) || !(${MATCHES})`,
      message: 'affinity: stages with match keep their users at every weight; remove affinity, or those stages',
    },
    {
      rule: `!(${MATCHES}) || self.traffic.routes.all(r, r.kind in ${quoted(MATCHING)})`,
      message: `shift.stages: to match users route with ${MATCHING.join(' or ')}`,
    },
    {
      rule: `!has(self.approvals) || ${MATCHES} || self.approvals.all(a, a.before != 'match')`,
      message: 'approvals: the plan has no stage with match; write traffic, a weight or promotion',
    },
    {
      rule: `self.analysis.checks.all(c, !has(c.at) || ${someWeight('w == c.at', 'c.at in [20, 40, 60, 80, 100]')})`,
      message: 'analysis.checks: at names no weight of the plan',
    },
    {
      rule: `!has(self.approvals) || ${on('mirror')} || self.approvals.all(a, a.before != 'mirror')`,
      message: 'approvals: the plan has no mirror; write traffic, a weight or promotion',
    },
    {
      rule: `!has(self.approvals) || self.approvals.all(a, type(a.before) != int || ${someWeight('w == a.before', 'a.before in [20, 40, 60, 80, 100]')})`,
      message: 'approvals: before names no weight of the plan',
    },
    {
      rule: `!has(self.analysis.compare) || self.analysis.compare == null || ${on('mirror')} || ${someWeight(`w <= ${LAST_COMPARED_WEIGHT}`, 'true')}`,
      message: `analysis.compare: canary and primary are compared in the mirror and at weights up to ${LAST_COMPARED_WEIGHT}; add a mirror or a smaller first weight, or remove compare`,
    },
  ],
  workload: [
    { rule: 'self.primary != self.canary', message: 'canary: name another Deployment than the primary' },
    {
      rule: "!has(self.source) || self.source != 'canary' || !has(self.adoptRunning) || !self.adoptRunning",
      message: 'adoptRunning: with source: canary a canary begins at zero; remove adoptRunning',
    },
  ],
  'workload.canaryLabels': [
    { rule: 'size(self) > 0', message: 'write at least one label that tells canary pods apart' },
  ],
  'events[].from': [
    {
      rule: 'has(self.repository) || has(self.environment)',
      message: 'says nothing; write a repository, an environment or both, or remove it',
    },
  ],
  traffic: [
    ...destinationRules('primary'),
    ...destinationRules('canary'),
    {
      rule: `!has(self.primary) || !has(self.canary) || self.routes[0].kind in ${quoted(SELECTORS)} || !(${DESTINATION.map((name) => sameField(name)).join(' && ')})`,
      message: 'canary: this is the destination of the primary; give the canary one of its own',
    },
    {
      rule: `!has(self.mode) || self.routes.all(r, r.kind in ${quoted(SHARED)})`,
      message: 'mode: only routes that split users by pods have one; remove mode',
    },
    {
      rule: `!(self.routes[0].kind in ${quoted(SELECTORS)}) || !has(self.canary) || !has(self.canary.service) || self.routes.all(r, r.name != self.canary.service)`,
      message: 'canary: this is the Service that users call; give the canary one of its own',
    },
    {
      rule: `!(self.routes[0].kind in ${quoted(SELECTORS)}) || !has(self.create) || !self.create || (has(self.canary) && has(self.canary.service))`,
      message: 'create: there is nothing to make; name canary: { service: … }, or remove create',
    },
  ],
  'traffic.routes': [
    {
      rule: [HOSTS, SERVICES, SELECTORS].map((kinds) => `self.all(r, r.kind in ${quoted(kinds)})`).join(' || '),
      message:
        'routes of Istio, of the Gateway API, and Services name destinations differently; keep them in plans of their own',
    },
    {
      rule: `self.all(r, !(r.kind in ${quoted(SELECTORS)}) || !has(r.rules))`,
      message: `${SELECTORS.join(', ')} has no rules; remove rules`,
    },
    {
      rule: `self.all(a, self.exists_one(b, b.kind == a.kind && b.name == a.name
   && (has(b.__namespace__) ? b.__namespace__ : '') == (has(a.__namespace__) ? a.__namespace__ : '')))`,
      message: 'a route is in the list twice; name its rules in one entry',
    },
  ],
  'scale.canary': [
    {
      rule: '!has(self.replicas) || !has(self.autoscaler) || self.replicas <= self.autoscaler.max',
      message: "replicas: more than the autoscaler's max",
    },
  ],
  'scale.canary.autoscaler': BOUNDS,
  'scale.primary.autoscaler': BOUNDS,
  'acceptance[]': [
    {
      rule: 'has(self.http) != has(self.job)',
      message: 'write either http: { path: /health }, or job: { template: … }',
    },
  ],
  load: [
    {
      rule: `has(self.requestsPerSecond) == has(self.duration) && (has(self.duration) || has(self.during))`,
      message: 'write requestsPerSecond and duration, or during',
    },
  ],
  shift: [
    {
      rule: '!has(self.stages) || (!has(self.weights) && !has(self.every))',
      message: 'weights or every beside stages would say the same twice; remove them, or stages',
    },
  ],
  'shift.weights': [
    { rule: 'self.isSorted() && self.all(w, self.exists_one(x, x == w))', message: `the weights do not grow; ${GROW}` },
    { rule: 'self[size(self) - 1] == 100', message: `the last weight is not 100; ${GROW}` },
  ],
  'shift.stages': [
    {
      rule: `self.filter(s, has(s.weight)).map(s, s.weight).isSorted()
   && self.all(s, !has(s.weight) || self.exists_one(x, has(x.weight) && x.weight == s.weight))`,
      message: `the weights do not grow; ${GROW}`,
    },
    {
      rule: 'has(self[size(self) - 1].weight) && self[size(self) - 1].weight == 100',
      message: `the last weight is not 100; ${GROW}`,
    },
    {
      rule: 'self.map(s, has(s.weight) ? 1 : 0).isSorted()',
      message: 'a match comes after a weight; move it before all weights',
    },
  ],
  'shift.stages[]': [
    {
      rule: 'has(self.weight) != has(self.match)',
      message:
        'a stage has a weight or a match, for example { weight: 20 } or { match: { header: { x-tester: "yes" } } }',
    },
    {
      rule: '!has(self.iterations) || has(self.match)',
      message: 'iterations: a weight needs one interval that passed; remove iterations',
    },
  ],
  'shift.back.weights': [
    {
      rule: 'self.map(w, -w).isSorted() && self.all(w, self.exists_one(x, x == w))',
      message: 'write whole percents from 99 to 1 that shrink, for example [60, 20]; 0 comes after the last one',
    },
  ],
  affinity: [
    {
      rule: "!has(self.sameSite) || self.sameSite != 'None' || (has(self.secure) && self.secure)",
      message: 'secure: browsers drop a cookie with sameSite None that is not secure; write secure: true',
    },
  ],
  analysis: [
    {
      rule: '!has(self.source) || !has(self.prometheus)',
      message: 'the numbers come from the metric source already; remove prometheus, or source',
    },
    {
      rule: `!(${on('pods')}) || ${on('compare')}`,
      message: 'pods: what the pods count is only compared, and the plan does not compare; add compare: {}',
    },
    {
      rule: `!(${on('compare')}) || self.checks.exists(c, !has(c.builtin) || c.builtin != 'podHealth')`,
      message: 'compare: add a check of requests, or remove compare: podHealth sees no requests',
    },
    {
      rule: `!has(self.series) || self.series.kind != 'app' || has(self.series.durations)
   || self.checks.all(c, !has(c.builtin) || c.builtin != 'requestDuration')`,
      message: 'series: name the histogram in series.durations, or leave the check requestDuration out',
    },
  ],
  'analysis.checks': [
    { rule: 'self.exists(c, !has(c.at))', message: 'every check counts at one weight alone; leave `at` out of one' },
  ],
  'analysis.checks[]': [
    {
      rule: 'has(self.builtin) || (has(self.query) ? 1 : 0) + (has(self.web) ? 1 : 0) + (has(self.job) ? 1 : 0) == 1',
      message: 'write builtin, or one of query, web and job',
    },
    {
      rule: 'has(self.job) ? !has(self.min) && !has(self.unit) : !has(self.timeout)',
      message: 'a query and a web check have limits; a job has a timeout alone',
    },
    {
      rule: 'has(self.query) || (!has(self.variables) && !has(self.emptyMeans))',
      message: 'variables and emptyMeans are of a query',
    },
    {
      rule: "!has(self.builtin) || self.builtin != 'requestSuccessRate' || !has(self.min) || (self.min >= 0.0 && self.min <= 100.0)",
      message: 'min: write percent from 0 to 100, for example 99',
    },
  ],
  'analysis.checks[].web': [
    {
      rule: 'has(self.source) != has(self.address)',
      message: 'write source: and the name of a web source, or address: and a URL',
    },
  ],
  'analysis.compare.limit': [
    {
      rule: 'has(self.slowerThan) == has(self.slow)',
      message: 'slowerThan and slow belong together; write both, for example { slowerThan: 500ms, slow: 1 }',
    },
    {
      rule: 'has(self.errors) || has(self.slow)',
      message: 'the section limits nothing; write errors, or slowerThan and slow',
    },
    {
      rule: '(!has(self.errors) || (self.errors > 0.0 && self.errors < 100.0)) && (!has(self.slow) || (self.slow > 0.0 && self.slow < 100.0))',
      message: 'errors, slow: write a percentage between 0 and 100',
    },
  ],
  'analysis.compare.slo': [
    { rule: 'self > 0.0 && self < 100.0', message: 'write a percentage between 0 and 100, for example 99.9' },
  ],
  'analysis.compare.alpha': CHANCE,
  'analysis.compare.beta': CHANCE,
  'approvals[]': [
    {
      rule: "!has(self.onExpiry) || self.onExpiry == 'hold' || has(self.expires)",
      message: 'onExpiry never comes, as the approval does not expire; write expires, for example 1h',
    },
    {
      rule: `!has(self.from) || size(self.from) == 0 || self.from.exists(n, n.startsWith('group:'))
   || !has(self.count) || self.count <= size(self.from)`,
      message: 'count: more approvals than people',
    },
  ],
  'freezes[]': [{ rule: 'self.to >= self.from', message: 'to: write the first day or a later one' }],
  'notify[]': [
    {
      rule: 'has(self.email) || has(self.slack) || has(self.webhook)',
      message: 'write email, slack, webhook or several of them',
    },
  ],
  links: [{ rule: 'size(self) <= 10', message: 'write at most 10 links' }],
};

/** @throws RangeError for a place that the schema does not have */
export function withRules(spec: Structural): Structural {
  const ruled = structuredClone(spec);
  for (const [place, rules] of Object.entries(PLAN_RULES)) {
    const schema = place
      .split('.')
      .filter((part) => part !== '')
      .reduce((at, part) => step(at, part, place), ruled);
    schema['x-kubernetes-validations'] = [...(schema['x-kubernetes-validations'] ?? []), ...rules.map(placed)];
  }
  return ruled;
}

/** `shift.back: remove it` → the place `.shift.back`, and what is said of it. */
function placed({ rule, message }: CelRule): CelRule {
  const [, field, said] = /^([a-z][A-Za-z.]*): (.+)$/.exec(message) ?? [];
  return field && said ? { rule, message: said, fieldPath: `.${field}` } : { rule, message };
}

function step(schema: Structural, part: string, place: string): Structural {
  const field = schema.properties?.[part.replace('[]', '')];
  const found = part.endsWith('[]') ? field?.items : field;
  if (!found) throw new RangeError(`the schema has no ${part} of ${place}`);
  return found;
}
