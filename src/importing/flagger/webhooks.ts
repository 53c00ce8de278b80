/** Hooks of a Canary: what its load tester does becomes tests and load of the plan, gates become approvals. */
import type { ImportCase } from '../shared/case.ts';
import { distinct, slug } from '../shared/checks.ts';
import type { Field } from '../shared/field.ts';
import { reached } from '../shared/hosts.ts';
import { grepped, type HttpCall, readCommands, readCurl, readHey } from '../shared/shell.ts';
import type { LooseTree } from '../shared/tree.ts';
import type { FlaggerTarget } from './target.ts';

interface HookContext {
  analysis: Field;
  target: FlaggerTarget;
  weights: number[];
  meshed?: boolean;
}

interface Hooks {
  acceptance: LooseTree[];
  approvals: LooseTree[];
  load?: LooseTree;
}

type HookReader = (one: ImportCase, hook: Field, context: HookContext) => Partial<Hooks>;

const NO_HOOK = 'a plan calls nobody; its events come by a webhook of the installation (notificationTargets)';

const READERS: Record<string, HookReader> = {
  'pre-rollout': acceptanceOf,
  rollout: loadOf,
  'confirm-rollout': (_one, hook) => approval(hook, ['traffic']),
  'confirm-traffic-increase': (_one, hook, { weights }) => approval(hook, weights),
  'confirm-promotion': (_one, hook) => approval(hook, ['promotion']),
  rollback: (_one, hook) =>
    lost(hook, 'a machine that asks for the way back: a person does it by sluice abort, checks do it by failing'),
  'post-rollout': (_one, hook) => lost(hook, NO_HOOK),
  event: (_one, hook) => lost(hook, NO_HOOK),
};

export function convertWebhooks(one: ImportCase, context: HookContext): Hooks {
  const parts = context.analysis
    .at('webhooks')
    .items()
    .map((hook): Partial<Hooks> => {
      const type = hook.at('type').text ?? 'rollout';
      const read = Object.hasOwn(READERS, type) ? READERS[type] : undefined;
      return read
        ? read(one, hook, context)
        : lost(hook, `Flagger knows no hook of type ${type}`, `write one of ${Object.keys(READERS).join(', ')}`);
    });
  const [load, ...more] = parts.flatMap((part): LooseTree[] => (part.load ? [part.load] : []));
  if (more.length > 0) context.analysis.at('webhooks').remark(`a plan has one load: ${more.length} more left out`);
  return {
    acceptance: distinct(parts.flatMap((part) => part.acceptance ?? [])),
    approvals: [...new Map(parts.flatMap((part) => part.approvals ?? []).map((one) => [one.before, one])).values()],
    load,
  };
}

function labelled(hook: Field): string {
  return hook.at('name').text ?? 'hook';
}

function lost(hook: Field, why: string, remedy?: string): Partial<Hooks> {
  hook.lose(`${labelled(hook)}: ${why}`, remedy);
  return {};
}

/** Who answered a URL was a machine, or a person who opened a gate there. */
function approval(hook: Field, before: (string | number)[]): Partial<Hooks> {
  hook.change(`${labelled(hook)}: a person approves before ${before.join(', ')}; Flagger asks the URL`);
  return { approvals: before.map((step) => ({ before: step })) };
}

function acceptanceOf(one: ImportCase, hook: Field, { target }: HookContext): Partial<Hooks> {
  const name = labelled(hook);
  const commands = readCommands(hook.at('metadata', 'cmd').text ?? '');
  const calls = commands?.map((pipeline) => callOf(pipeline));
  if (!calls || calls.length === 0 || calls.some((call) => !call))
    return lost(hook, 'its command is not a row of curl with grep: write it as acceptance by http or job');
  const asked = calls.flatMap((call) =>
    call ? { ...call, ...reached(call.http.url.hostname, { ...target, namespace: one.namespace }) } : [],
  );
  const other = asked.find(({ arm }) => arm !== 'canary');
  if (other)
    return lost(
      hook,
      `it asks ${other.http.url.hostname}, which is ${other.arm === 'primary' ? 'the primary' : 'not the canary'}: the new version was never tested by it`,
      rightHost(one, target),
    );
  const waits = hook.at('metadata', 'type').text === 'bash';
  const notes = [
    ...new Set(asked.flatMap((call) => call.notes)),
    ...(waits ? [] : ['the load tester runs it beside, so its result never counted: in the plan it does']),
  ];
  hook.change(
    `${name}: asked of every canary pod, not of the Service${notes.map((note) => `; ${note}`).join('')}`,
    waits ? undefined : 'write metadata.type: bash',
  );
  return {
    acceptance: asked.map(({ http, text }) => ({
      name: slug(name),
      http: httpTest(http, { target, text }),
      timeout: timeoutOf(hook),
    })),
  };
}

function rightHost({ namespace }: ImportCase, { service, port }: FlaggerTarget): string {
  return `ask http://${service}-canary.${namespace}:${port}`;
}

const LONGEST_TEST_S = 240;

function timeoutOf(hook: Field): string | undefined {
  const seconds = /^(\d{1,3})s$/.exec(hook.at('timeout').text ?? '')?.[1];
  return seconds && Number(seconds) > 0 && Number(seconds) <= LONGEST_TEST_S ? `${seconds}s` : undefined;
}

interface ReadCall {
  http: HttpCall;
  text?: string;
  notes: string[];
}

function callOf([first = [], ...filters]: string[][]): ReadCall | undefined {
  const http = readCurl(first);
  const found = filters.map(grepped);
  if (!http || found.length > 1 || found.includes(undefined)) return undefined;
  const [grep] = found;
  const any = http.failing ? [] : ['the answer must be 200, where the command takes any status'];
  const pattern =
    grep && grep.text === undefined ? ['what it greps for is a pattern, not a text, so any answer passes'] : [];
  return { http, text: grep?.text, notes: [...any, ...pattern] };
}

function httpTest(
  { url, method, headers, body }: HttpCall,
  { target, text }: { target: FlaggerTarget; text?: string },
): LooseTree {
  const port =
    Number(url.port || 80) === target.port && typeof target.targetPort === 'number' ? target.targetPort : undefined;
  const given = Object.keys(headers).length > 0 ? headers : undefined;
  return {
    path: `${url.pathname}${url.search}`,
    method,
    headers: given,
    body,
    port,
    expect: { status: 200, bodyContains: text },
  };
}

const MOST_REQUESTS = 1_000;

function loadOf(one: ImportCase, hook: Field, { target, meshed }: HookContext): Partial<Hooks> {
  const [pipeline, ...more] = readCommands(hook.at('metadata', 'cmd').text ?? '') ?? [];
  const call = pipeline?.length === 1 && more.length === 0 ? readHey(pipeline[0] ?? []) : undefined;
  if (!call) return lost(hook, 'its command is not one call of hey: write it as load, or run it beside');
  const { requestsPerSecond, url, method, headers } = call;
  if (!requestsPerSecond || requestsPerSecond > MOST_REQUESTS)
    return lost(
      hook,
      `it sends ${requestsPerSecond ?? 'as many requests as it can'} a second: write load.during with 1 to ${MOST_REQUESTS}`,
    );
  const { arm, host, repaired } = reached(url.hostname, { ...target, namespace: one.namespace, meshed });
  hook.change(
    [
      `${labelled(hook)}: sent while weights are measured, without a break, by Sluice's workers`,
      {
        canary: '',
        primary: `; it asks the primary, not the canary`,
        route: '; most of it meets the primary while weights are small',
      }[arm],
      repaired ? `; ${url.hostname} names no namespace, so nobody was asked: ${host}` : '',
      call.unsaid.length > 0 ? `; without ${call.unsaid.join(', ')}` : '',
    ].join(''),
    arm === 'primary' || repaired ? rightHost(one, target) : undefined,
  );
  // Who sends it stands in another namespace.
  const reachable = repaired || !url.hostname.includes('.') ? host : url.hostname;
  const address = `${url.protocol}//${reachable}${url.port ? `:${url.port}` : ''}`;
  const given = Object.keys(headers).length > 0 ? headers : undefined;
  return {
    load: {
      during: { address, requestsPerSecond, stages: ['shift'] },
      path: `${url.pathname}${url.search}`,
      method,
      headers: given,
    },
  };
}
