import { createHmac, generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CompactSign, SignJWT } from 'jose';
import { describe, expect, it } from 'vitest';
import { judge } from '../../../src/authority/index.ts';
import type { Action, ProofInput } from '../../../src/contract/action.ts';
import { type Installation, watchInstallation } from '../../../src/installation/index.ts';
import { INSTALLATION_HEAD, testServer, vouched } from '../../support/authority.ts';

const server = testServer();
const narrow = testServer('narrow');
const stranger = testServer('stranger');

const file = join(mkdtempSync(join(tmpdir(), 'sluice-judge-')), 'sluice.yaml');
const NARROW = `  - { name: narrow, keys: [${narrow.key.id}], vouchesFor: { people: [ann], verbs: [pause, abort], plans: [demo/shop] } }\n`;
writeFileSync(
  file,
  `${INSTALLATION_HEAD}servers:
  - { name: main, keys: [${server.key.id}], vouchesFor: { people: ["*"], verbs: ["*"], plans: ["*/*"] } }
${NARROW}people:
  - { name: ann, groups: [platform, sre], may: [{ verbs: ["*"], plans: [demo/*], clusters: [local, eu-*] }] }
  - { name: bob, may: [{ verbs: [view, pause], plans: ["*/shop"] }] }
`,
);
const read = await watchInstallation(file);
if ('problems' in read) throw new Error(JSON.stringify(read.problems));
const installation: Installation = read.known;

const ACTION: Action = {
  id: 'a1',
  verb: 'promote',
  actor: { name: 'ann', channel: 'slack', groups: ['platform', 'root'] },
  reason: 'urgent',
  rollout: 'shop-7',
  step: 'shift',
  revision: '77c0a1b2c3',
};
const SHOP = { namespace: 'demo', name: 'shop' };

interface Case {
  action?: Partial<Action>;
  /** What is said of it afterwards. */
  sent?: Partial<Action>;
  by?: typeof server;
  plan?: typeof SHOP;
  cluster?: string;
  input?: Partial<ProofInput>;
}

/** A statement for `action`, handed in as `input` says. */
async function judged({ action, sent, by = server, plan = SHOP, cluster = 'local', input }: Case) {
  const signed = await vouched({ ...ACTION, ...action }, plan, cluster, by);
  return judge(inputOf({ ...signed, ...sent }, { ...input }), installation);
}

function inputOf(action: Action, more: Partial<ProofInput> = {}): ProofInput {
  const { cluster = 'local', namespace = 'demo', plan = 'shop' } = more;
  const workflow = `rollout/${cluster}/${namespace}/${plan}`;
  return { action, cluster, namespace, plan, workflow, atMs: Date.now(), ...more };
}

const withStatement = (statement: string | undefined): Action => ({ ...ACTION, actor: { ...ACTION.actor, statement } });

describe('a statement', () => {
  it('proves a person, with the groups that both server and installation know', async () => {
    const grant = { verbs: expect.any(Array), plans: expect.any(Array), clusters: expect.any(Array) };
    const right = { server: 'main', key: server.key.id, grant, installation: installation.hash };
    expect(await judged({})).toEqual({ person: { name: 'ann', channel: 'slack', groups: ['platform'] }, right });
    expect(installation.hash).toMatch(/^[0-9a-f]{64}$/);
    expect(await judged({ cluster: 'eu-1', input: { cluster: 'eu-1' } })).toHaveProperty('person');
    expect(await judged({ by: narrow, action: { verb: 'abort' } })).toHaveProperty('person');
    // Temporal leaves out what is undefined, and orders keys as it likes
    const signed = await vouched({ ...ACTION, weight: undefined }, SHOP, 'local', server);
    const { id, ...rest } = JSON.parse(JSON.stringify(signed));
    expect(await judge(inputOf({ ...rest, id }), installation)).toHaveProperty('person');
  });

  it.each<[string, Case, RegExp]>([
    ['another id', { sent: { id: 'a2' } }, /about another action/],
    ['another verb', { sent: { verb: 'approve' } }, /about another action/],
    ['another reason', { sent: { reason: 'other' } }, /about another action/],
    ['another rollout', { sent: { rollout: 'shop-8' } }, /about another action/],
    ['another step', { sent: { step: 'mirror' } }, /about another action/],
    ['another revision', { sent: { revision: 'x' } }, /about another action/],
    ['another weight', { sent: { weight: 50 } }, /about another action/],
    ['another question', { sent: { question: 'shop-7/failed/x/1' } }, /about another action/],
    ['another answer', { sent: { answer: 'overwrite' } }, /about another action/],
    ['no rollout', { action: { rollout: undefined } }, /names no rollout/],
    ['an empty rollout', { action: { rollout: '' } }, /names no rollout/],
    ['another cluster', { cluster: 'eu-1' }, /about rollout\/eu-1\/demo\/shop/],
    ['another plan', { plan: { namespace: 'demo', name: 'cart' } }, /about rollout\/local\/demo\/cart/],
    [
      'a workflow with the plan of another',
      { input: { plan: 'cart', workflow: 'rollout/local/demo/shop' } },
      /^the statement is about/,
    ],
    [
      'a second workflow of the plan',
      { input: { workflow: 'rollout/local/demo/shop2' } },
      /not about rollout\/local\/demo\/shop2/,
    ],
    ['more than 5 minutes of age', { input: { atMs: Date.now() + 302_000 } }, /older than 5 minutes/],
    ['a clock more than a minute ahead', { input: { atMs: Date.now() - 62_000 } }, /from the future/],
    ['no time', { input: { atMs: Number.NaN } }, /older than 5 minutes/],
    [
      'a person nobody knows',
      { action: { actor: { name: 'eve', channel: 'api' } } },
      /^eve is not in the installation/,
    ],
    [
      'a right that the person lacks',
      { action: { actor: { name: 'bob', channel: 'api' } } },
      /^bob may not promote demo\/shop on cluster local$/,
    ],
    [
      'a cluster that the person lacks',
      { cluster: 'us-1', input: { cluster: 'us-1' } },
      /^ann may not promote demo\/shop on cluster us-1$/,
    ],
    ['a verb that the server lacks', { by: narrow }, /^the server narrow may not vouch for ann to promote/],
    [
      'a person that the server lacks',
      { by: narrow, action: { verb: 'pause', actor: { name: 'bob', channel: 'api' } } },
      /may not vouch for bob/,
    ],
    [
      'a plan that the server lacks',
      { by: narrow, action: { verb: 'pause' }, plan: { namespace: 'demo', name: 'cart' }, input: { plan: 'cart' } },
      /may not vouch for ann to pause demo\/cart/,
    ],
  ])('with %s is refused', async (_, wrong, message) => {
    expect(await judged(wrong)).toEqual({ refused: expect.stringMatching(message) });
  });

  it('of a key that is not known may become good, and no other', async () => {
    expect(await judged({ by: stranger })).toMatchObject({ unknownKey: true, refused: /not in the installation/ });
    expect(await judged({ by: { ...stranger, key: { ...stranger.key, id: server.key.id } } })).toEqual({
      refused: 'the statement was not made with the key of the server main',
    });
  });

  it('that is none proves nothing', async () => {
    const id = server.key.id;
    const good = (await vouched(ACTION, SHOP, 'local', server)).actor.statement ?? '';
    const [head = '', body = '', signature = ''] = good.split('.');
    const claims = Buffer.from(body, 'base64url');
    const headOf = (fields: object) => Buffer.from(JSON.stringify(fields)).toString('base64url');
    const hs256 = `${headOf({ alg: 'HS256', typ: 'sluice-action', kid: id })}.${body}`;
    const mac = createHmac('sha256', Buffer.from(id, 'base64url')).update(hs256).digest('base64url');
    const p256 = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
    const statements = [
      undefined,
      '',
      'x'.repeat(19_000),
      `${headOf({ alg: 'none', typ: 'sluice-action', kid: id })}.${body}.`,
      `${headOf({ alg: 'none', typ: 'sluice-action', kid: id })}.${body}.${signature}`,
      `${hs256}.${mac}`,
      `${head}.${body}.${signature.slice(0, -4)}AAAA`,
      `${head}.${body}.`,
      `${head}..${signature}`,
      await new CompactSign(claims)
        .setProtectedHeader({ alg: 'Ed25519', typ: 'sluice-action', kid: id })
        .sign(server.key.privateKey),
      await new CompactSign(claims).setProtectedHeader({ alg: 'ES256', typ: 'sluice-action', kid: id }).sign(p256),
      await new CompactSign(claims).setProtectedHeader({ alg: 'EdDSA', kid: id }).sign(server.key.privateKey),
      await new SignJWT(JSON.parse(String(claims)))
        .setProtectedHeader({ alg: 'EdDSA', typ: 'JWT', kid: id })
        .sign(server.key.privateKey),
      await new CompactSign(Buffer.from('null'))
        .setProtectedHeader({ alg: 'EdDSA', typ: 'sluice-action', kid: id })
        .sign(server.key.privateKey),
      await new CompactSign(Buffer.from('{}'))
        .setProtectedHeader({ alg: 'EdDSA', typ: 'sluice-action', kid: id })
        .sign(server.key.privateKey),
    ];
    for (const statement of statements) {
      const proof = await judge(inputOf(withStatement(statement)), installation);
      expect(proof, String(statement).slice(0, 60)).not.toHaveProperty('person');
      expect(proof).not.toHaveProperty('unknownKey');
    }
  });
});
