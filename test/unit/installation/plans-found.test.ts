import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { type Installation, noFile, watchPlans } from '../../../src/installation/index.ts';
import { formatProblems, loadPlanText, type PlanDir, type PlanObject } from '../../../src/plan/index.ts';
import { answer, type FakeApiServer, fakeApiServer, status } from '../../support/fakes/api-server.ts';
import { changed, EXAMPLE } from '../../support/plan-text.ts';

const silent = pino({ level: 'silent' });

/** What the cluster has, and what it was asked. */
let objects: PlanObject[];
let asked: string[];
let refusal: number | undefined;
let api: FakeApiServer;

beforeEach(async () => {
  [objects, asked, refusal] = [[], [], undefined];
  api = await fakeApiServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://api');
    asked.push(searchParams.has('watch') ? `watch ${pathname}` : pathname);
    if (refusal) return answer(response, refusal, status(refusal, 'no'));
    const [, namespace] = /namespaces\/([^/]+)/.exec(pathname) ?? [];
    const items = objects.filter(({ metadata }) => namespace === undefined || metadata.namespace === namespace);
    answer(response, 200, { kind: 'RolloutPlanList', metadata: {}, items });
  });
});
afterEach(() => api.close());

function object(namespace: string, text = EXAMPLE, generation = 1): PlanObject {
  const { metadata, spec } = parse(text);
  return { metadata: { uid: `${namespace}-${metadata.name}`, ...metadata, namespace, generation }, spec } as PlanObject;
}

function watch(namespaces: string[], more: Partial<Installation> = {}) {
  const known = { ...noFile().known, planSources: [{ name: 'cluster', namespaces }], ...more };
  return watchPlans(silent, { known, current: async () => known }, undefined, api.kubeconfig);
}

const idsOf = ({ plans }: PlanDir) => plans.map(({ plan }) => `${plan.namespace}/${plan.name}`);
const PATH = '/apis/sluice.dev/v1alpha1';

describe('plans that are objects', () => {
  it('say the same as in a file, and which generation it is', async () => {
    objects = [object('demo', EXAMPLE, 7)];
    const { plans } = await watch(['demo']).current();
    expect(plans).toEqual([{ ...loadPlanText(EXAMPLE, ''), file: 'RolloutPlan demo/reviews, generation 7' }]);
  });

  it('are listed in the namespaces of their source when they are needed, and nothing is open between', async () => {
    objects = [object('demo'), object('shop'), object('other')];
    const source = watch(['demo', 'shop']);
    expect(asked).toEqual([]);
    expect(idsOf(await source.current())).toEqual(['demo/reviews', 'shop/reviews']);
    const lists = [`${PATH}/namespaces/demo/rolloutplans`, `${PATH}/namespaces/shop/rolloutplans`];
    expect(asked.sort()).toEqual(lists);
    await expect.poll(api.open).toBe(0);
    await source.current();
    expect(asked.sort()).toEqual([...lists, ...lists].sort());
  });

  it('of a pattern are picked from those of all namespaces', async () => {
    objects = [object('shop-1'), object('shop-2'), object('other')];
    expect(idsOf(await watch(['shop-*']).current())).toEqual(['shop-1/reviews', 'shop-2/reviews']);
    expect(asked).toEqual([`${PATH}/rolloutplans`]);
  });

  it('of a namespace that is named twice are read once; of one in two sources they are used from neither', async () => {
    objects = [object('demo')];
    expect(idsOf(await watch(['demo', 'demo']).current())).toEqual(['demo/reviews']);
    const planSources = ['a', 'b'].map((name) => ({ name, namespaces: ['demo'] }));
    const { plans, broken } = await watch([], { planSources }).current();
    expect(plans).toEqual([]);
    expect(formatProblems(broken.flatMap(({ problems }) => problems))).toContain(
      'RolloutPlan demo/reviews, generation 1: metadata.name: demo/reviews is also the plan in another source; remove one',
    );
  });

  it('that are broken name the object and the field, and take no other down', async () => {
    const text = changed(['[20, 40, 60, 80, 100]', '[20, 10, 100]']);
    objects = [
      object('demo', text),
      object('demo', text.replace('[20, 10', '[10, 20').replace('name: reviews,', 'name: b,')),
    ];
    const { plans, broken } = await watch(['demo']).current();
    expect(plans.map(({ plan }) => plan.name)).toEqual(['b']);
    expect(broken.map(({ claims }) => claims)).toEqual([
      { name: 'reviews', namespace: 'demo', images: ['registry.example.com/bookinfo/reviews'] },
    ]);
    expect(broken.map(({ problems }) => formatProblems(problems))).toEqual([
      'RolloutPlan demo/reviews: spec.shift.weights[1]: 10 does not grow (20 comes before it); write whole percents from 1 to 100 that grow and end at 100, for example [20, 40, 60, 80, 100]',
    ]);
  });

  it('must name what the installation has, as files must', async () => {
    objects = [object('demo')];
    const { broken } = await watch(['demo'], { addressesInPlans: 'none' }).current();
    expect(formatProblems(broken.flatMap(({ problems }) => problems))).toMatch(
      /^RolloutPlan demo\/reviews: spec\.analysis\.prometheus: the installation allows no addresses in plans; /,
    );
  });

  it('are read again when their generation changes, not when their status does', async () => {
    objects = [object('demo')];
    const source = watch(['demo']);
    const first = await source.current();
    objects = [{ ...object('demo'), status: { state: 'rolling out' } } as PlanObject];
    expect((await source.current()).plans[0]).toBe(first.plans[0]);
    objects = [object('demo', changed(['replicas: 1', 'replicas: 3']), 2)];
    expect((await source.current()).plans[0]?.plan.scale.canary.replicas).toBe(3);
    objects = [];
    expect(idsOf(await source.current())).toEqual([]);
  });

  it('stay as they were while the API server does not answer', async () => {
    objects = [object('demo')];
    const source = watch(['demo']);
    await source.current();
    refusal = 503;
    expect(idsOf(await source.current())).toEqual(['demo/reviews']);
  });

  it.each([
    [
      404,
      'the source cluster of plans cannot be read: the cluster does not know the kind, apply deploy/crds/rolloutplans.yaml',
    ],
    [403, 'the source cluster of plans cannot be read: bind ClusterRole sluice-plans of deploy/features/plans.yaml'],
    [500, 'cannot list RolloutPlans in demo'],
  ])('that cannot be listed at the start (%i) are an error that says what to do', async (code, sentence) => {
    refusal = code;
    await expect(watch(['demo']).current()).rejects.toThrow(sentence);
  });

  it('are used from neither when a file has the plan as well', async () => {
    objects = [object('demo')];
    const dir = await mkdtemp(join(tmpdir(), 'sluice-plans-'));
    await writeFile(join(dir, 'a.yaml'), EXAMPLE);
    const source = (name: string, more: object) => ({ name, namespaces: ['demo'], ...more });
    const planSources = [source('files', { dir }), source('cluster', {})];
    const { plans, broken } = await watch([], { planSources }).current();
    expect(plans).toEqual([]);
    expect(broken.map(({ problems }) => formatProblems(problems))).toEqual([
      'files/a.yaml: metadata.name: demo/reviews is also the plan in RolloutPlan demo/reviews, generation 1; remove one, or give it another name',
      'RolloutPlan demo/reviews, generation 1: metadata.name: demo/reviews is also the plan in files/a.yaml; remove one, or give it another name',
    ]);
  });
});
