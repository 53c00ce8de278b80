import { describe, expect, it } from 'vitest';
import { whenProven } from '../../../src/activities/verify-offer.ts';
import type { Detected, DetectInput, NewRevision } from '../../../src/contract/detected.ts';
import type { Plan } from '../../../src/contract/plan.ts';
import { type Installation, NO_INSTALLATION } from '../../../src/installation/installation.ts';
import { offered, ordered, testServer } from '../../support/authority.ts';
import { offerFor, planFor } from '../../support/plan.ts';

const server = testServer();
const everything = { verbs: ['*' as const], plans: ['*/*'] };
const known: Installation = {
  ...NO_INSTALLATION,
  people: [{ name: 'ann', groups: [], slack: [], tokens: [], oidc: [], may: [{ ...everything, clusters: ['*'] }] }],
  servers: [{ name: 'main', keys: [server.key.id], vouchesFor: { people: ['*'], ...everything } }],
};
const PLAN = planFor('shop');
const OTHER = planFor('shop', { events: [{ image: 'other' }] });

/** @param own the worker's copies; absent: it has no sources */
async function detected(own: Plan[] | undefined, { ageMs = 0, planFile = 'shop.yaml', servers = known.servers } = {}) {
  const current = async () => ({ plans: (own ?? []).map((plan) => ({ plan, file: 'shop.yaml' })), broken: [] });
  const installation = { known, current: async () => ({ ...known, servers }) };
  const offer = await offered({ ...offerFor(PLAN), ...(planFile && { planFile }) }, 'ann', 'local', server);
  const workflowExecution = { workflowId: 'rollout/local/demo/shop', runId: 'r' };
  const asked = { workflowExecution, scheduledTimestampMs: Date.now() - ageMs };
  let used: DetectInput | undefined;
  const detect = async (input: DetectInput): Promise<Detected> => {
    used = input;
    return { kind: 'new', ...({ warnings: ['of before'] } as NewRevision) };
  };
  const knowledge = { installation, ...(own && { plans: { current } }) };
  const result = await whenProven(knowledge, { offer, cluster: 'local', run: 'r' }, asked, detect);
  return { result, plan: used?.offer.plan };
}

describe('a detection', () => {
  it('goes by the plan that is offered where the worker has read the same, or where it is from no source', async () => {
    const same = { kind: 'new', warnings: ['of before'], startedBy: 'ann · api' };
    expect(await detected([JSON.parse(JSON.stringify(PLAN))])).toEqual({ result: same, plan: PLAN });
    expect(await detected(undefined, { planFile: '' })).toEqual({ result: same, plan: PLAN });
  });

  it('waits two minutes for a newer copy, then goes by its own and says so', async () => {
    await expect(detected([OTHER])).rejects.toMatchObject({ type: 'OtherPlan', nextRetryDelay: '15s' });
    await expect(detected([])).rejects.toMatchObject({ type: 'OtherPlan' });
    const { result, plan } = await detected([OTHER], { ageMs: 121_000 });
    expect(plan).toEqual(OTHER);
    expect(result).toMatchObject({ kind: 'new', plan: OTHER, warnings: ['of before', expect.stringMatching(/copy/)] });
  });

  it('is refused without a copy, and without a plan source', async () => {
    const refused = { kind: 'refused', problems: [{ problem: 'the worker has no plan demo/shop' }] };
    expect((await detected([], { ageMs: 121_000 })).result).toMatchObject(refused);
    expect((await detected(undefined)).result).toMatchObject(refused);
  });

  it('waits two minutes for a key', async () => {
    const servers = [{ name: 'other', keys: [testServer().key.id], vouchesFor: { people: ['*'], ...everything } }];
    await expect(detected([PLAN], { servers })).rejects.toMatchObject({ type: 'UnknownKey', nextRetryDelay: '15s' });
    expect((await detected([PLAN], { servers, ageMs: 121_000 })).result).toMatchObject({ kind: 'refused' });
  });

  it('of a repair begins in the namespaces of its statement only', async () => {
    const repair = async (what: string[] | undefined, person = 'ann') => {
      const order = { right: 'repair', cluster: 'local', person, what } as const;
      const offer = {
        ...offerFor(PLAN),
        kind: 'repair' as const,
        ...(what && { statement: await ordered(order, server) }),
      };
      const asked = { workflowExecution: { workflowId: 'w', runId: 'r' }, scheduledTimestampMs: 0 };
      const found = async (): Promise<Detected> => ({ kind: 'sound', sentence: 'nothing' });
      const installation = { known, current: async () => known };
      return (await whenProven({ installation }, { offer, cluster: 'local', run: 'r' }, asked, found)).kind;
    };
    expect([await repair(['demo']), await repair(['*'])]).toEqual(['sound', 'sound']);
    expect([await repair(['shop']), await repair(undefined), await repair(['demo'], 'eve')]).toEqual(
      Array(3).fill('refused'),
    );
  });
});
