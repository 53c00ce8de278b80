/** What an AnalysisTemplate asks beside metrics: an address that answers with a number, and a Job that passes or fails. */
import { parseDuration } from '../../plan/duration.ts';
import type { Field } from '../shared/field.ts';
import { type LooseTree, mapTexts } from '../shared/tree.ts';
import { type ArgumentValues, substitute } from './arguments.ts';
import { limitsOf } from './condition.ts';

/** A check of a plan, or why there is none, and where that is a mistake what would be right. */
export type MadeCheck = { check: LooseTree } | { why: string; remedy?: string };

interface AskedContext {
  /** Of the check. */
  name: string;
  values: ArgumentValues;
  services: { canary?: string; stable?: string };
  namespace: string;
  /** After the switch. */
  switched: boolean;
}

const ADDRESS = /^(https?:\/\/[^/?#\s{}@]+)((?:[/?][^#\s]*)?)$/;
/** Headers without which an address answers the same. */
const IDLE_HEADERS = ['accept', 'content-type', 'user-agent'];

export function webCheck(metric: Field, from: Field, context: AskedContext): MadeCheck {
  const unsaid = unsaidOf(from);
  if (unsaid) return { why: unsaid };
  const { text, said } = substitute(from.at('url').text ?? '', context.values);
  const [, address = '', rest = ''] = ADDRESS.exec(text) ?? [];
  if (!address || /\{\{\s*args\./.test(rest)) return { why: 'its address is not known here, or is none' };
  if (hostOf(address) === context.services.stable && !context.switched)
    return { why: 'it asks the Service of the primary', remedy: `ask the canary's: ${context.services.canary}` };
  const pointer = pointerOf(from.at('jsonPath').text ?? '');
  if (pointer === undefined)
    return { why: `its jsonPath is more than names and places: ${from.at('jsonPath').text?.slice(0, 100)}` };
  const limits = limitsOf(metric, { list: false, values: context.values });
  if (typeof limits === 'string') return { why: limits };
  const notes = ['the installation has to allow the address, or to have a web source for it', ...limits.notes];
  if (!isOfCanary(text, context)) notes.push('nothing in its address says that the canary is meant');
  metric.remark(`${metric.at('name').text}: ${notes.join('; ')}`);
  for (const field of [from.at('url'), from.at('jsonPath'), from.at('method')]) field.keep();
  for (const key of ['successCondition', 'failureCondition']) metric.at(key).keep();
  for (const field of said) field.copy('in the address');
  if (from.at('headers').exists) from.at('headers').change('not sent');
  if (from.at('timeoutSeconds').exists) from.at('timeoutSeconds').change('a plan has a limit of its own');
  if (from.at('insecure').exists) from.at('insecure').change('certificates are looked at');
  const path = rest.startsWith('/') ? rest : `/${rest}`;
  return { check: { name: context.name, web: { address, path, pointer }, min: limits.min, max: limits.max } };
}

/** What a plan's question cannot say. */
function unsaidOf(from: Field): string | undefined {
  const method = from.at('method').text ?? 'GET';
  if (method !== 'GET') return `it sends a ${method}, and a plan only asks`;
  const own = from.at('headers').items();
  const header = own.find((one) => !IDLE_HEADERS.includes(one.at('key').text?.toLowerCase() ?? ''));
  if (header)
    return `it sends ${header.at('key').text}: write it as web with a source of the installation, which has the login`;
  const part = ['body', 'jsonBody', 'authentication'].find((key) => from.at(key).exists);
  return part && `it has ${part}, and a plan only asks; a login is that of a web source of the installation`;
}

function hostOf(address: string): string | undefined {
  return URL.parse(address)?.hostname.split('.')[0];
}

function isOfCanary(url: string, { services: { canary } }: AskedContext): boolean {
  return /\{\{(?:revision|service)\}\}/.test(url) || (canary !== undefined && url.includes(canary));
}

const STEP = /\.([\w-]+)|\[(\d+)\]|\[['"]([^'"\]]+)['"]\]/g;

/** `{$.data[0].value}` as a JSON pointer. @returns undefined: it chooses or filters */
function pointerOf(jsonPath: string): string | undefined {
  const steps = jsonPath
    .trim()
    .replace(/^\{(.*)\}$/, '$1')
    .trim()
    .replace(/^\$/, '');
  const found = [...steps.matchAll(STEP)];
  if (found.map(([all]) => all).join('') !== steps) return undefined;
  const keys = found.map(([, name, place, quoted]) => name ?? place ?? quoted ?? '');
  return keys.map((key) => `/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

/** Longest time of a check's Job, s. */
const LONGEST_S = (parseDuration('4m') ?? 0) / 1000;

export function jobCheck(metric: Field, from: Field, context: AskedContext): MadeCheck {
  const template = from.at('spec', 'template');
  const containers = template.at('spec', 'containers').items();
  if (containers.length === 0 || containers.some((one) => !one.at('name').text || !one.at('image').text))
    return { why: 'its Job has no containers with name and image' };
  const said = new Set<Field>();
  const filled = mapTexts(template.value, (text) => {
    const put = substitute(text, context.values);
    for (const field of put.said) said.add(field);
    return put.text.replaceAll('{{namespace}}', context.namespace);
  }) as { metadata?: LooseTree; spec: LooseTree };
  const unknown = /\{\{[^{}]{0,64}\}\}/.exec(JSON.stringify(filled))?.[0];
  if (unknown) return { why: `its Job needs ${unknown}, and a plan's Job knows the canary by CANARY_ADDRESS alone` };
  metric.remark(
    `${metric.at('name').text}: the Job runs at the end of every look, once; where it only makes requests, write it as load`,
  );
  template.copy('in the Job of the check');
  for (const field of said) field.copy('in the Job of the check');
  const limit = from.at('spec', 'activeDeadlineSeconds');
  const fits = limit.number !== undefined && limit.number > 0 && limit.number <= LONGEST_S;
  if (fits) limit.keep();
  else if (limit.exists) limit.change(`at most ${LONGEST_S} s`);
  for (const key of ['backoffLimit', 'ttlSecondsAfterFinished', 'completions', 'parallelism'])
    if (from.at('spec', key).exists) from.at('spec', key).change('one pod, which is not tried again and is removed');
  const { labels, annotations } = filled.metadata ?? {};
  const { restartPolicy: _never, ...spec } = filled.spec;
  const metadata = labels || annotations ? { metadata: { labels, annotations } } : {};
  return {
    check: {
      name: context.name,
      job: { template: { ...metadata, spec } },
      timeout: fits ? `${limit.number}s` : limit.exists ? `${LONGEST_S}s` : undefined,
    },
  };
}
