import type { ImportCase } from '../shared/case.ts';
import { type Checks, slug } from '../shared/checks.ts';
import type { Field } from '../shared/field.ts';
import { readQuery } from '../shared/query.ts';
import { durationOf } from '../shared/shift.ts';
import { type ArgumentValues, argumentsOf, substitute } from './arguments.ts';
import { jobCheck, type MadeCheck, webCheck } from './asked.ts';
import { limitsOf } from './condition.ts';

interface RolloutChecks extends Checks {
  /** Shortest time between two looks, ms. */
  intervalMs?: number;
  /** Smallest limit: a plan counts failed looks of all checks together. */
  failureThreshold?: number;
}

interface Services {
  canary?: string;
  stable?: string;
}

export function convertAnalysis(one: ImportCase, analyses: Field[], services: Services): RolloutChecks {
  const found: RolloutChecks = { checks: [], addresses: [] };
  for (const analysis of analyses) {
    const isStep = analysis.path.includes('steps');
    if (isStep) analysis.remark('asked at one step; a plan asks at every look, from the first weight on');
    if (String(analysis.path.at(-1)).endsWith('PromotionAnalysis'))
      analysis.remark('asked once, before or after the switch; a plan asks while users are on the canary');
    for (const named of analysis.at('templates').items()) {
      const name = named.at('templateName');
      const kind = named.at('clusterScope').value === true ? 'ClusterAnalysisTemplate' : 'AnalysisTemplate';
      const template = one.find(kind, name.text);
      if (!template) {
        named.lose(`${name.text}: ${kind} ${name.text} is not in the files`);
        continue;
      }
      const dry = dryRunOf(analysis, template);
      const made = convertTemplate(one.open(template), {
        one,
        found,
        services,
        dry,
        switched: analysis.path.at(-1) === 'postPromotionAnalysis',
        values: argumentsOf(analysis, template),
      });
      if (made === 0) named.lose(`${name.text}: none of its checks can be taken over`);
      else for (const key of ['templateName', 'clusterScope']) named.at(key).keep();
    }
  }
  return found;
}

const CONDITION = 'compare the number with a limit, for example result[0] >= 0.95';
const BLIND =
  "match the canary's pods or Service, by an argument with podTemplateHashValue: Latest or with the Service's name";

interface TemplateContext {
  one: ImportCase;
  found: RolloutChecks;
  services: Services;
  values: ArgumentValues;
  /** After the switch the Service of the users is the new version's. */
  switched: boolean;
  /** Names of metrics that are looked at without consequence; `.*` for all. */
  dry: string[];
}

function dryRunOf(...sources: Field[]): string[] {
  const listed = sources.flatMap((one) => [...one.at('dryRun').items(), ...one.at('spec', 'dryRun').items()]);
  return listed.map((one) => one.at('metricName').text ?? '');
}

/** @returns how many of its metrics became checks, or are some already */
function convertTemplate(template: Field, context: TemplateContext): number {
  let taken = 0;
  for (const metric of template.at('spec', 'metrics').items()) {
    const { found } = context;
    const made = checkOf(metric, context);
    if ('why' in made) {
      metric.lose(`${metric.at('name').text}: ${made.why}`, made.remedy);
      continue;
    }
    const isNew = found.checks.every((other) => JSON.stringify(other) !== JSON.stringify(made.check));
    if (isNew) found.checks.push(made.check);
    claimRest(metric, context);
    taken += 1;
  }
  return taken;
}

function checkOf(metric: Field, context: TemplateContext): MadeCheck {
  const [[provider = 'nobody', from] = []] = metric.at('provider').fields();
  const name = slug(metric.at('name').text ?? 'metric');
  if (context.dry.some((dry) => dry === metric.at('name').text || dry.includes('*')))
    return { why: 'a dry run has no consequence, and a check of a plan has' };
  const asked = { ...context, name, namespace: context.one.namespace };
  if (provider === 'job' && from) return jobCheck(metric, from, asked);
  if (provider === 'web' && from) return webCheck(metric, from, asked);
  if (provider === 'plugin')
    return { why: `a plugin decides (${from?.fields().map(([key]) => key)}), and no plan can ask it` };
  if (provider !== 'prometheus' || !from)
    return { why: `its numbers come from ${provider}, and a plan asks Prometheus, or an address by web` };
  const limits = limitsOf(metric, { list: true, values: context.values });
  if (typeof limits === 'string') return { why: limits, remedy: CONDITION };
  const { text, said } = substitute(from.at('query').text ?? '', context.values);
  if (from.at('rangeQuery').exists) return { why: 'it asks for a range, and a check reads one number' };
  const { canary, stable } = context.services;
  const read = readQuery(text, {
    canary: canary === undefined ? {} : { [canary]: 'service' },
    primary: [stable ?? ''].filter(Boolean),
  });
  if ('problem' in read && context.switched && said.length > 0)
    return { why: 'it asks the Service of the users after the switch, which in a plan is both sides' };
  const missing = nobody(context);
  if ('problem' in read) return { why: missing ?? read.problem, remedy: missing || read.mistake ? BLIND : undefined };
  const notes = [...read.notes, ...limits.notes];
  if (notes.length > 0) metric.remark(`${metric.at('name').text}: ${notes.join('; ')}`);
  from.at('query').keep();
  for (const field of said) field.copy('in the query');
  for (const key of ['successCondition', 'failureCondition']) metric.at(key).keep();
  const address = from.at('address');
  if (address.text) context.found.addresses.push({ address: address.text, at: address });
  return { check: { name, query: read.query.trim(), min: limits.min, max: limits.max } };
}

/** An argument that is meant to be a Service and is none. */
function nobody({ one, values, services }: TemplateContext): string | undefined {
  const named = [...values].find(
    ([name, { value }]) => /service|svc/i.test(name) && /^[a-z0-9-]+$/.test(value ?? '') && !one.find('Service', value),
  );
  return (
    named &&
    services.canary &&
    `its argument ${named[0]} names a Service ${JSON.stringify(named[1].value)} that does not exist, so it never has data`
  );
}

function claimRest(metric: Field, { found, values }: TemplateContext): void {
  metric.at('name').keep();
  for (const key of ['successCondition', 'failureCondition', 'interval', 'failureLimit'])
    for (const argument of substitute(metric.at(key).text ?? '', values).said) argument.copy('in the check');
  const [interval, limit] = [metric.at('interval'), metric.at('failureLimit')];
  const text = (field: Field) => substitute(field.text ?? '', values).text;
  const ms = durationOf(text(interval));
  if (ms !== undefined && (found.intervalMs === undefined || ms < found.intervalMs)) found.intervalMs = ms;
  if (interval.exists) interval.change('looks come as shift.every says');
  if (limit.exists) limit.change('failureThreshold: failed looks of all checks together, one more than the limit');
  const failures = Number(text(limit));
  const threshold = (Number.isInteger(failures) ? failures : 0) + 1;
  found.failureThreshold = Math.min(found.failureThreshold ?? threshold, threshold);
}
