/** Mirrors on VirtualServices: fields of a rule, or an extra rule directly before it. Pure. */
import { describeDestination, type MirrorSpec } from '../../contract/mirror.ts';
import { sameHost } from '../shared/host.ts';
import { mirrorRouter } from '../shared/mirror-check.ts';
import type { MirrorFamily } from '../shared/mirror-rules.ts';
import { narrowMatches } from './mirror-match.ts';
import { istioTargets } from './mirror-targets.ts';
import { type HttpMatch, type HttpRule, type IstioDestination, isDestination } from './objects.ts';
import { addMirror, MIRROR_FIELDS, mirrorsOf } from './rule.ts';

const FAMILY: MirrorFamily<HttpRule, HttpMatch> = {
  list: 'http',
  called: 'http rule',
  target: 'destination',
  dropsNames: false,
  weightOfFrom,
  isSplit: ({ route = [] }) => route.filter(({ weight = 0 }) => weight > 0).length > 1,
  isMarked,
  mark: withMirror,
  unmark: withoutMirror,
  isOccupied: (rule) => MIRROR_FIELDS.some((field) => rule[field] !== undefined),
  narrow: narrowMatches,
  extra,
  mirrorsTo,
};

export const istioMirror = mirrorRouter(FAMILY, istioTargets);

/** A single destination gets everything, whatever its weight says. */
function weightOfFrom({ route = [] }: HttpRule, { from, route: { namespace } }: MirrorSpec): number {
  const own = route.filter(({ destination }) => isDestination(destination, from, namespace));
  return route.length === 1 && own.length === 1 ? 100 : own.reduce((sum, { weight = 0 }) => sum + weight, 0);
}

function withMirror(rule: HttpRule, spec: MirrorSpec): HttpRule {
  const next = withoutMirror(rule);
  addMirror(next, mirrorsOf(rule), { destination: destinationOf(rule, spec), percentage: { value: spec.percent } });
  return next;
}

/** The target in the rule's own spelling: for the same host the form and the port of the rule's destination. */
function destinationOf(rule: HttpRule, { from, to, route: { namespace } }: MirrorSpec): IstioDestination {
  const beside = rule.route?.find(({ destination }) => isDestination(destination, from, namespace))?.destination;
  const alike = beside && sameHost(beside.host, namespace, to.host, namespace) ? beside : undefined;
  const port = to.port === undefined ? alike?.port : { number: to.port };
  return {
    host: alike?.host ?? to.host,
    ...(to.subset === undefined ? {} : { subset: to.subset }),
    ...(port ? { port } : {}),
  };
}

function isMarked(rule: HttpRule, { to, percent, route }: MirrorSpec): boolean {
  const others = MIRROR_FIELDS.filter((field) => field !== 'mirror' && field !== 'mirrorPercentage');
  return (
    isDestination(rule.mirror, to, route.namespace) &&
    rule.mirrorPercentage?.value === percent &&
    others.every((field) => rule[field] === undefined)
  );
}

function withoutMirror(rule: HttpRule): HttpRule {
  const entries = Object.entries(rule).filter(([key]) => !MIRROR_FIELDS.some((field) => field === key));
  return Object.fromEntries(entries) as HttpRule;
}

function extra(rule: HttpRule, spec: MirrorSpec, matches: HttpMatch[]): HttpRule {
  const copy = withMirror(structuredClone(rule), spec);
  const match = matches.filter((one) => Object.keys(one).length > 0);
  return match.length > 0 ? { ...copy, match } : copy;
}

function mirrorsTo(rule: HttpRule, { to, route: { namespace } }: MirrorSpec): string | undefined {
  return mirrorsOf(rule).some(({ destination }) => isDestination(destination, to, namespace))
    ? describeDestination(to)
    : undefined;
}
