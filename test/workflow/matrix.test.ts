/** Everybody asks for everything on every plan, by every way: what is allowed must be what the operator's file says to another reader. */
import { createHmac, randomUUID } from 'node:crypto';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { newToken } from '../../src/authority/index.ts';
import type * as Rights from '../../src/authority/rights.ts';
import { createProgram } from '../../src/cli/program.ts';
import { type ActionVerb, OPEN_VERBS, RIGHTS, VERBS } from '../../src/contract/action.ts';
import { mirrorWorkflowId } from '../../src/contract/mirror.ts';
import type { Plan } from '../../src/contract/plan.ts';
import { sign } from '../../src/network/standard-webhooks.ts';
import { almighty, offered, testServer, vouched } from '../support/authority.ts';
import { offerFor, planFor } from '../support/plan.ts';
import { type AskedRight, outcomeByTheFile, type RightOutcome } from '../support/rights-table.ts';
import { secretFile } from '../support/sender.ts';
import { BEGINNINGS, beginStraight, commandFor, mirrorFor, planText, requestFor } from './support/beginnings.ts';
import { LOOKED_AT, type Served, serve } from './support/served.ts';

/** What a mistake in the code of rights would be. */
const mistake = vi.hoisted(() => ({ is: 'none' }));
vi.mock('../../src/authority/rights.ts', async (original) => {
  const real = await original<typeof Rights>();
  const allows: typeof Rights.allows = (grants, right, target) => {
    if (mistake.is === 'clusters') return real.allows(anywhere(grants), right, target);
    if (mistake.is === 'namespaces') return real.allows(grants, right, { ...target, namespace: 'demo' });
    return real.allows(grants, right, target);
  };
  const mayVouch: typeof Rights.mayVouch = (...asked) => mistake.is === 'servers' || real.mayVouch(...asked);
  return { ...real, allows, mayVouch };
});
const anywhere = (grants: readonly { verbs: unknown[]; plans: string[]; clusters: string[] }[]) =>
  grants.map((grant) => ({ ...grant, clusters: ['*'] })) as Parameters<typeof Rights.allows>[0];

const SLACK = 'a-signing-secret-of-slack';
const HOOK = 'whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=';
const SENDERS = ['ci', 'ops'];
const PEOPLE = ['ann', 'bob', 'cyd', 'dan', 'eve', 'fay'] as const;
const tokens = Object.fromEntries(PEOPLE.map((name) => [name, newToken()])) as Record<
  string,
  ReturnType<typeof newToken>
>;
const narrow = testServer('narrow');

const person = (name: string, may: string, scope = '') =>
  `  - { name: ${name}, slack: [{ team: T1, user: ${name.toUpperCase()} }], tokens: [{ sha256: ${tokens[name]?.sha256}, expires: "2999-01-01T00:00:00Z"${scope} }], may: [${may}] }\n`;
const sender = (name: string, plans: string) =>
  `  - { name: ${name}, plans: [${plans}], signature: { preset: standard-webhooks, secrets: [${JSON.stringify(secretFile(HOOK))}] } }\n`;

const FILE = [
  almighty('root').replace('people: [', 'people:\n  - ').replace(/\]\n$/, '\n'),
  person('ann', '{ verbs: ["*"], plans: [demo/*] }'),
  person('bob', '{ verbs: [view, pause, abort], plans: ["*/*"] }'),
  person('cyd', '{ verbs: [approve, reject, acknowledge], plans: [prod/*] }, { verbs: [view], plans: ["*/shop*"] }'),
  person(
    'dan',
    '{ verbs: ["*"], plans: ["*/*"], clusters: [elsewhere-*] }, { verbs: [pause], plans: ["*/*"], clusters: [test-*] }',
  ),
  person('eve', ''),
  person('fay', '{ verbs: ["*"], plans: [demo/own*] }', ', may: [{ verbs: [view, promote], plans: ["*/*"] }]'),
  'senders:\n',
  sender('ci', 'demo/*'),
  sender('ops', 'prod/shop'),
].join('');
const NARROW = narrow.servers
  .replace('servers: [', '  - ')
  .replace(/\]\n$/, '\n')
  .replace(
    'people: ["*"], verbs: ["*"], plans: ["*/*"]',
    'people: [ann, bob], verbs: [pause, resume], plans: [demo/shop*]',
  );

type Where = Pick<Plan, 'namespace' | 'name'>;
const PLANS: Where[] = [
  { namespace: 'demo', name: 'own' },
  { namespace: 'demo', name: 'shop' },
  { namespace: 'prod', name: 'shop' },
];
const THINGS = [...RIGHTS, 'deploy'];

let served: Served;
let file: string;

beforeEach(async () => {
  mistake.is = 'none';
  vi.stubEnv('SLUICE_DEBUG', '');
  vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  const plansDir = mkdtempSync(join(tmpdir(), 'sluice-matrix-'));
  const texts = PLANS.map(
    ({ namespace, name }) => [`${namespace}-${name}`, planText({ namespace, plan: name })] as const,
  );
  for (const [name, text] of texts) writeFileSync(join(plansDir, `${name}.yaml`), text);
  served = await serve(FILE, { slackSecret: SLACK, plansDir, trustedProxies: ['127.0.0.1'] });
  for (const [name, text] of texts) served.copy(text, name);
  install();
});
afterEach(async () => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  await served.close();
});

function install(more = ''): void {
  const servers = served.vouching.servers.replace('servers: [', 'servers:\n  - ').replace(/\]\n$/, '\n') + NARROW;
  served.install(FILE + more, servers);
  file = servers + FILE + more;
}

/** As if everybody asked from an address of their own. */
let asked = 0;
const from = () => {
  asked += 1;
  return { 'x-forwarded-for': `10.${asked >> 16}.${(asked >> 8) & 255}.${asked & 255}` };
};

type Cell = Omit<AskedRight, 'cluster'> & { by: keyof typeof WAYS };
type Look = (cell: Cell) => Promise<RightOutcome>;

/** Refused for the state of the rollout is allowed, as far as rights go. */
const unless = (refused: boolean, message = ''): RightOutcome =>
  refused || / is refused: /.test(message) ? 'refused' : 'proven';
const ARGUMENTS: Record<string, object> = {
  'set-weight': { weight: 50 },
  answer: { question: 'q', answer: 'retry' },
  acknowledge: { question: 'q' },
};

const http: Look = async (cell) => {
  const { who, thing, namespace, plan } = cell;
  const rollout = `/rollouts/${served.harness.cluster}/${namespace}/${plan}`;
  const action = { id: randomUUID(), verb: thing, ...ARGUMENTS[thing] };
  const [path, body] = BEGINNINGS.includes(thing)
    ? requestFor({ ...cell, cluster: '' }, served.harness.cluster)
    : ([`${rollout}/actions`, action] as const);
  const response = await fetch(`${served.url}/api/v1${thing === 'view' ? rollout : path}`, {
    headers: { ...from(), authorization: `Bearer ${tokens[who]?.token}` },
    ...(thing !== 'view' && { method: 'POST', body: JSON.stringify(body) }),
  });
  const { title = '' } = (await response.json()) as { title?: string };
  expect([200, 202, tokens[who] ? 403 : 401, 409], title).toContain(response.status);
  return unless([401, 403].includes(response.status), title);
};

const cli: Look = async (cell) => {
  const { who, thing, way, namespace, plan } = cell;
  if (way === 'alone') return cliAlone(cell);
  vi.stubEnv('SLUICE_TOKEN', tokens[who]?.token);
  const { code, message } = await sluice(
    BEGINNINGS.includes(thing) ? commandFor({ ...cell, cluster: '' }) : actionFor(thing, `${namespace}/${plan}`),
    ['--server', served.url],
  );
  if (/too many requests/.test(message)) {
    await new Promise((resolve) => setTimeout(resolve, 500));
    return cli(cell);
  }
  // no worker takes what this server hands over
  expect([0, 4, 9, ...(BEGINNINGS.includes(thing) ? [10] : [])], message).toContain(code);
  if (thing === 'mirror' && code !== 4) {
    const { client, cluster } = served.harness;
    await client.workflow.getHandle(mirrorWorkflowId(mirrorFor(cluster, { namespace, plan }))).terminate();
  }
  return unless(code === 4, message);
};

/** Straight to Temporal: the emergency. */
const cliAlone: Look = async ({ who, thing, namespace, plan: name }) => {
  vi.stubEnv('SLUICE_TOKEN', '');
  const verb = thing as ActionVerb;
  const plan = await rolloutFor(verb, { namespace, name });
  const asked = actionFor(thing, `${namespace}/${plan.name}`);
  const { code, message } = await sluice(asked, ['--by', who]);
  if (code !== 0) expect(message).toMatch(/ needs a proof |refused: .*no server vouches/);
  return code === 0 ? ended(verb, plan) : 'refused';
};

function actionFor(verb: string, plan: string): string[] {
  const more = { 'set-weight': ['50'], answer: ['q', 'retry'], acknowledge: ['q'] }[verb] ?? [];
  return [verb, plan, ...more, '--reason', 'x'];
}

async function sluice(asked: string[], to: string[]): Promise<{ code: number; message: string }> {
  const argv = [...asked, ...to, '--cluster', served.harness.cluster, '--quiet'];
  const run = createProgram().parseAsync(argv, { from: 'user' });
  const done = await run.then(() => ({ code: Number(process.exitCode ?? 0), message: '' })).catch((error) => error);
  process.exitCode = undefined;
  return done;
}

const slack: Look = async ({ who, thing, namespace, plan }) => {
  const text = `${thing === 'view' ? 'status' : thing} ${namespace}/${plan} ${thing === 'answer' ? 'q retry' : 'q'}`;
  const user = { team_id: 'T1', user_id: who.toUpperCase(), trigger_id: randomUUID() };
  const body = String(new URLSearchParams({ command: '/sluice', text, ...user }));
  const now = String(Math.floor(Date.now() / 1000));
  const signature = `v0=${createHmac('sha256', SLACK).update(`v0:${now}:${body}`).digest('hex')}`;
  const headers = { 'content-type': 'application/x-www-form-urlencoded', 'x-slack-signature': signature };
  const init = { method: 'POST', body, headers: { ...headers, ...from(), 'x-slack-request-timestamp': now } };
  const answer = (await (await fetch(`${served.url}/slack/commands`, init)).json()) as { text: string };
  expect(answer.text).toMatch(/^You may not |^Aborted|refused: |: /);
  return unless(answer.text.startsWith('You may not '), answer.text);
};

const webhook: Look = async ({ who, namespace, plan }) => {
  const body = JSON.stringify({ plan: `${namespace}/${plan}`, image: 'registry.example.com/bookinfo/reviews:v9' });
  const key = Buffer.from(HOOK.slice(6), 'base64');
  const headers = { 'content-type': 'application/json', ...from(), ...sign(randomUUID(), new Date(), body, key) };
  const { status } = await fetch(`${served.url}/hooks/deploy/${who}`, { method: 'POST', headers, body });
  expect([200, 201, 202, 403, 404]).toContain(status);
  return unless(status >= 400);
};

/** With a statement of a server, or without; on a rollout that is where the verb has a meaning. */
const temporal: Look = async (cell) => {
  const { who, thing, way, server, ...where } = cell;
  const says = server === 'narrow' ? narrow : served.vouching;
  if (!isAction(thing)) return beginStraight(served, { ...cell, cluster: '' }, way === 'alone' ? undefined : says);
  const verb = thing as ActionVerb;
  const plan = await rolloutFor(verb, { namespace: where.namespace, name: where.plan });
  const { rollout, questions } = await served.harness.view(plan);
  const args = { ...ARGUMENTS[verb], ...(['answer', 'acknowledge'].includes(verb) && { question: questions[0]?.id }) };
  const action = { id: randomUUID(), verb, rollout, actor: { name: who, channel: 'raw' }, ...args };
  const { cluster } = served.harness;
  const sent = way === 'alone' ? action : await vouched(action, plan, cluster, says);
  const say = (error: { cause?: { message?: string } }) => ({ accepted: false, message: error.cause?.message ?? '' });
  const { accepted, message } = await served.harness.act(plan, verb, sent).catch(say);
  if (!accepted) {
    expect(message).toMatch(/ is refused: |needs a proof/);
    return 'refused';
  }
  if (NEEDS[verb] === 'question' && ENDING.includes(verb))
    await served.harness.until(plan, ({ route }) => route.canary === 20);
  return ended(verb, plan);
};

const isAction = (thing: string) => VERBS.some((verb) => verb === thing);

/** How the last action was taken. */
async function ended(verb: ActionVerb, plan: Plan): Promise<RightOutcome> {
  if (ENDING.includes(verb)) for (const [key, one] of waiting) if (one === plan) waiting.delete(key);
  const { actions } = await served.harness.view(plan);
  expect(actions.at(-1)?.verb).toBe(verb);
  return actions.at(-1)?.verified === 'verified' ? 'proven' : 'unproven';
}

const WAYS = { http, cli, slack, webhook, temporal };

const NEEDS: Partial<Record<ActionVerb, 'gate' | 'question'>> = {
  ...{ approve: 'gate', reject: 'gate' },
  ...{ answer: 'question', acknowledge: 'question', retry: 'question' },
} as const;

/** After these another rollout is needed. */
const ENDING: readonly ActionVerb[] = ['abort', 'reject', 'promote', 'answer', 'retry'];

/** Rollouts that wait for somebody, by plan and what they wait at. */
let waiting = new Map<string, Plan>();
beforeEach(() => {
  waiting = new Map();
});

async function rolloutFor(verb: ActionVerb, { namespace, name }: Where): Promise<Plan> {
  const kind = NEEDS[verb] ?? 'weight';
  const key = `${namespace}/${name}/${kind}`;
  const plan = waiting.get(key) ?? (await begin(kind, namespace, `${name}-${randomUUID().slice(0, 8)}`));
  waiting.set(key, plan);
  const { paused } = await served.harness.view(plan);
  if (kind === 'weight' && (paused !== undefined) !== (verb === 'resume'))
    await root(plan, paused ? 'resume' : 'pause');
  return plan;
}

async function begin(kind: 'weight' | 'gate' | 'question', namespace: string, name: string): Promise<Plan> {
  const { world, harness } = served;
  const gate = { before: 'traffic' as const, from: [], count: 50, notInitiator: false, onExpiry: 'hold' as const };
  const changes = { weight: { mirror: undefined }, gate: { mirror: undefined, approvals: [gate] }, question: {} }[kind];
  const plan = planFor(name, { namespace, ...changes });
  world.stuck.add('checkInterval live');
  if (kind === 'question') world.verdicts = ['noAnswer', 'noAnswer', 'noAnswer'];
  await harness.offer(await offered(offerFor(plan), 'root', harness.cluster, served.vouching));
  await harness.until(plan, (view) => (kind === 'weight' ? view.route.canary === 20 : view.needsYou !== undefined));
  return plan;
}

async function root(plan: Plan, verb: ActionVerb): Promise<void> {
  const actor = { name: 'root', channel: 'raw' };
  const { rollout } = await served.harness.view(plan);
  const action = { id: randomUUID(), verb, rollout, actor };
  await served.harness.act(plan, verb, await vouched(action, plan, served.harness.cluster, served.vouching));
}

const PROVEN = ['view', ...VERBS];
const IN_SLACK = PROVEN.filter((thing) => !['promote', 'set-weight'].includes(thing));

/** Every cell there is; deployments last, as they change what runs. */
function cells(): Cell[] {
  const all = (who: readonly string[], things: readonly string[], more: Pick<Cell, 'by' | 'way' | 'server'>): Cell[] =>
    who.flatMap((name) =>
      things.flatMap((thing) =>
        PLANS.map((plan) => ({ who: name, thing, namespace: plan.namespace, plan: plan.name, ...more })),
      ),
    );
  return [
    ...all([...PEOPLE, 'stranger'], VERBS, { by: 'temporal', way: 'vouched', server: 'test' }),
    ...all(['ann', 'bob', 'fay'], ['pause', 'resume', 'set-weight'], {
      by: 'temporal',
      way: 'vouched',
      server: 'narrow',
    }),
    ...all(['ann', 'eve'], VERBS, { by: 'temporal', way: 'alone' }),
    ...all([...PEOPLE, 'stranger'], BEGINNINGS, { by: 'temporal', way: 'vouched', server: 'test' }),
    ...all(['ann', 'bob', 'fay'], BEGINNINGS, { by: 'temporal', way: 'vouched', server: 'narrow' }),
    ...all(['ann', 'eve'], BEGINNINGS, { by: 'temporal', way: 'alone' }),
    ...all([...SENDERS, 'ann'], ['deploy'], { by: 'temporal', way: 'vouched', server: 'test' }),
    ...all(SENDERS, ['deploy'], { by: 'temporal', way: 'vouched', server: 'narrow' }),
    ...all(SENDERS, ['deploy'], { by: 'temporal', way: 'alone' }),
    ...all([...PEOPLE, 'stranger'], [...PROVEN, ...BEGINNINGS], { by: 'http', way: 'token' }),
    ...all(PEOPLE, [...VERBS, ...BEGINNINGS], { by: 'cli', way: 'token' }),
    ...all(['ann', 'eve'], VERBS, { by: 'cli', way: 'alone' }),
    ...all([...PEOPLE, 'stranger'], IN_SLACK, { by: 'slack', way: 'slack' }),
    ...all([...SENDERS, 'ann'], ['deploy'], { by: 'webhook', way: 'webhook' }),
  ];
}

/** Asks what is in `some`, and compares. @returns one line per difference */
async function differences(some: readonly Cell[]): Promise<string[]> {
  const found: string[] = [];
  const { cluster } = served.harness;
  const look = async ({ by, ...ask }: Cell): Promise<void> => {
    const should = outcomeByTheFile(file, { ...ask, cluster });
    const does = await WAYS[by]({ by, ...ask }).catch((error: Error) => error.message.split('\n')[0]);
    if (does !== should) found.push(`${JSON.stringify({ by, ...ask })}: ${does}, by the file ${should}`);
  };
  const lanes = (cells: readonly Cell[]) =>
    Promise.all(
      PLANS.map(async ({ namespace, name }) => {
        for (const cell of cells) if (cell.namespace === namespace && cell.plan === name) await look(cell);
      }),
    );
  const isAsked = ({ thing }: Cell) => NEEDS[thing as ActionVerb] === 'question';
  const straight = some.filter(({ by, thing }) => by === 'temporal' && isAction(thing));
  await lanes(straight.filter((cell) => !isAsked(cell)));
  // one after another: they share the world's verdicts
  for (const cell of straight.filter(isAsked)) await look(cell);
  served.world.detection = { kind: 'refused', problems: [LOOKED_AT] };
  await lanes(some.filter(({ by, thing }) => by === 'temporal' && !isAction(thing)));
  served.world.detection = undefined;
  // the world knows plans by their names alone
  for (const plan of PLANS) await runAndEnd(plan);
  await lanes(some.filter(({ by }) => !['temporal', 'cli'].includes(by)));
  for (const cell of some.filter(({ by }) => by === 'cli')) await look(cell);
  console.log(`${some.length} cells, ${found.length} differences`);
  return found;
}

/** Over a rollout that has ended nobody can do harm, and who may is said before that. */
async function runAndEnd({ namespace, name }: Where): Promise<void> {
  const { harness } = served;
  const plan = planFor(name, { namespace, mirror: undefined });
  await harness.offer(await offered(offerFor(plan), 'root', harness.cluster, served.vouching));
  await harness.until(plan, ({ route }) => route.canary === 20);
  await root(plan, 'abort');
  await harness.handle(plan).result();
}

/** Each thing, each of the askers and each way of the whole, at one plan or another. */
const sample = () => cells().filter((_, index) => index % 10 === 0);

describe('the matrix of rights', () => {
  test('a part of it is what the file says, whether an emergency needs a proof or not', async () => {
    expect(new Set(cells().map(({ thing }) => thing))).toEqual(new Set(THINGS));
    expect(await differences(sample())).toEqual([]);
    install('unproven: closed\n');
    expect(await differences(sample().filter(({ way }) => way === 'alone'))).toEqual([]);
  });

  test.each(Object.keys(WAYS))('all of it by %s', { tags: ['repeat'], timeout: 600_000 }, async (way) => {
    const some = cells().filter(({ by }) => by === way);
    expect(await differences(some)).toEqual([]);
    install('unproven: closed\n');
    expect(await differences(some.filter(({ thing }) => OPEN_VERBS.includes(thing as ActionVerb)))).toEqual([]);
  });

  test.each([
    ['clusters', '"who":"dan"'],
    ['namespaces', '"namespace":"prod"'],
    ['servers', '"server":"narrow"'],
  ])('a mistake about %s is found, and nothing else', async (what, where) => {
    mistake.is = what;
    const some = cells().filter(({ by, thing }) => ['temporal', 'http'].includes(by) && thing === 'resume');
    const found = await differences(some);
    expect(found.length).toBeGreaterThan(0);
    expect(found.filter((line) => !line.includes(where))).toEqual([]);
  });
});
