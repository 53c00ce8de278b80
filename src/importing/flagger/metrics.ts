import type { ImportCase } from '../shared/case.ts';
import { type Checks, slug } from '../shared/checks.ts';
import type { Field } from '../shared/field.ts';
import { givesManyNumbers, readQuery } from '../shared/query.ts';
import { durationOf } from '../shared/shift.ts';
import type { LooseTree } from '../shared/tree.ts';
import type { FlaggerTarget } from './target.ts';

interface MetricContext {
  spec: Field;
  analysis: Field;
  target: FlaggerTarget;
  /** The built-in checks of Flagger read other series than Istio's here. */
  ownSeries?: string;
}

export function convertMetrics(one: ImportCase, context: MetricContext): Checks {
  const { spec, analysis } = context;
  const found: Checks = { checks: [], addresses: [] };
  const server = spec.at('metricsServer');
  if (server.text) found.addresses.push({ address: server.text, at: server });
  const metrics = analysis.at('metrics').items();
  for (const metric of metrics) {
    const check = checkOf(one, metric, context, found);
    if (check) found.checks.push(check);
  }
  if (!server.exists && found.checks.some(({ builtin }) => builtin))
    server.change(
      `a flag of Flagger's controller: the built-in checks read ${found.addresses[0]?.address ?? "the installation's metric source"}`,
    );
  return found;
}

function checkOf(one: ImportCase, metric: Field, context: MetricContext, found: Checks): LooseTree | undefined {
  const name = metric.at('name').text ?? 'metric';
  compareInterval(metric.at('interval'), context.analysis.at('interval'), name);
  const builtin = builtinOf(metric, name, context.ownSeries);
  if (builtin) return builtin;
  const inline = metric.at('query');
  const template = templateOf(one, metric);
  const query = inline.text === undefined ? template?.at('spec', 'query') : inline;
  if (!query) {
    const named = metric.at('templateRef', 'name').text;
    if (named !== undefined) metric.lose(`${name}: MetricTemplate ${named} is not in the files`);
    else
      metric.lose(
        `${name}: it has neither template nor query, so Flagger counts it as failed for ever`,
        'name a MetricTemplate in templateRef',
      );
    return undefined;
  }
  return queryCheck(metric, { name, query, template, context, found });
}

const BUILTIN = new Map([
  ['request-success-rate', 'requestSuccessRate'],
  ['request-duration', 'requestDuration'],
]);

function builtinOf(metric: Field, name: string, ownSeries: string | undefined): LooseTree | undefined {
  const builtin = BUILTIN.get(name);
  if (!builtin) return undefined;
  const end = name === 'request-duration' ? 'max' : 'min';
  const limit = metric.at('thresholdRange').exists ? metric.at('thresholdRange', end) : metric.at('threshold');
  if (limit.number === undefined) {
    metric.lose(`${name}: it has no ${end} that it could be held against`, `write thresholdRange: { ${end}: … }`);
    return undefined;
  }
  const wrong = impossible(end, limit.number);
  if (ownSeries) metric.at('name').change(`${name}: ${ownSeries}`);
  else metric.at('name').keep();
  if (wrong) limit.change(`${name}: ${wrong[0]}`, wrong[1]);
  else limit.keep();
  const check = { name, builtin };
  return end === 'min'
    ? { ...check, min: Math.min(100, limit.number) }
    : { ...check, quantile: 0.99, max: `${Math.max(1, Math.floor(limit.number))}ms` };
}

/** Flagger counts in percent, and in whole milliseconds. */
function impossible(end: 'min' | 'max', limit: number): [why: string, remedy?: string] | undefined {
  if (end === 'min' && limit > 100) return [`more than 100 % never passes; 100 in the plan`, 'write percent'];
  if (end === 'min' && limit > 0 && limit < 1)
    return [`it is percent, so ${limit} passes nearly always`, `write ${Number((limit * 100).toPrecision(6))}`];
  if (end === 'max' && limit >= 1 && !Number.isInteger(limit)) return ['whole milliseconds, as Flagger cuts them'];
  if (end === 'max' && limit < 1)
    return [`it is whole milliseconds, so ${limit} never passes; 1ms in the plan`, 'write milliseconds'];
  return undefined;
}

interface QueryParts {
  name: string;
  query: Field;
  template?: Field;
  context: MetricContext;
  found: Checks;
}

function queryCheck(metric: Field, { name, query, template, context, found }: QueryParts): LooseTree | undefined {
  const { canary, primary, service } = context.target;
  const provider = template?.at('spec', 'provider', 'type');
  if (provider?.exists && provider.text !== 'prometheus') {
    metric.lose(`${name}: its numbers come from ${provider.text}, and a plan asks Prometheus`);
    return undefined;
  }
  const text = plannedQuery(query.text ?? '', context.target);
  const variables = variablesOf(metric, text);
  const read = readQuery(text, {
    canary: { [`${service}-canary`]: 'service', [canary]: 'workload' },
    primary: [primary, `${service}-primary`],
    variables,
  });
  if ('problem' in read) {
    metric.lose(
      `${name}: ${read.problem}`,
      read.mistake ? 'match the canary by {{ target }} in a label of every selector' : undefined,
    );
    return undefined;
  }
  const [min, max] = limits(metric);
  if (min === undefined && max === undefined) {
    metric.lose(`${name}: it has no limit that it could be held against`, 'write thresholdRange');
    return undefined;
  }
  if (min !== undefined && max !== undefined && min > max) {
    metric.lose(`${name}: no number is at least ${min} and at most ${max}`, 'swap min and max');
    return undefined;
  }
  const address = template?.at('spec', 'provider', 'address');
  if (address?.text) found.addresses.push({ address: address.text, at: address });
  for (const key of ['name', 'namespace']) metric.at('templateRef', key).keep();
  provider?.keep();
  const many = givesManyNumbers(query.text ?? '');
  const notes = [...read.notes, ...(many ? ['nothing adds its series up, so it gives many numbers'] : [])];
  if (notes.length > 0)
    query.change(
      `${name}: ${notes.join('; ')}`,
      read.mistake ?? (many ? 'add the series up, for example by sum' : undefined),
    );
  else query.keep();
  const planned = slug(name);
  if (planned === name) metric.at('name').keep();
  else metric.at('name').change(`${name} is called ${planned}`);
  for (const key of Object.keys(variables ?? {})) metric.at('templateVariables', key).keep();
  return { name: planned, query: read.query.trim(), variables, min, max };
}

function limits(metric: Field): [min?: number, max?: number] {
  const range = metric.at('thresholdRange');
  range.at('min').keep();
  range.at('max').keep();
  if (range.exists) return [range.at('min').number, range.at('max').number];
  const old = metric.at('threshold');
  if (old.exists) old.change('the old spelling of a maximum');
  return [undefined, old.number];
}

/** `{{ target }}` and the like as plans write them. */
function plannedQuery(text: string, { service, canary }: FlaggerTarget): string {
  const names: Record<string, string> = { target: 'workload', namespace: 'namespace', interval: 'interval' };
  return text
    .replace(/\{\{\s*variables\.(\w+)\s*\}\}/g, '{{$1}}')
    .replace(/\{\{\s*(target|namespace|interval)\s*\}\}/g, (_, name: string) => `{{${names[name]}}}`)
    .replace(/\{\{\s*service\s*\}\}/g, () => service)
    .replaceAll('{{workload}}-canary', canary === service ? '{{service}}' : '{{workload}}-canary');
}

function variablesOf(metric: Field, query: string): Record<string, string> | undefined {
  const given = metric.at('templateVariables').fields();
  const used = given.filter(([name, field]) => field.text !== undefined && query.includes(`{{${name}}}`));
  return used.length > 0 ? Object.fromEntries(used.map(([name, field]) => [name, field.text ?? ''])) : undefined;
}

function templateOf(one: ImportCase, metric: Field): Field | undefined {
  const ref = metric.at('templateRef');
  const found = ref.exists ? one.find('MetricTemplate', ref.at('name').text, ref.at('namespace').text) : undefined;
  return found && one.open(found);
}

/** The window of a plan's check is the interval between two looks. */
function compareInterval(own: Field, all: Field, name: string): void {
  const window = own.text ?? '1m, as Flagger takes it';
  const ms = own.exists ? durationOf(own.text) : 60_000;
  if (ms === (durationOf(all.text) ?? 60_000)) own.keep();
  else own.change(`${name}: looks back over shift.every (${all.text ?? '1m'}), not over ${window}`);
}
