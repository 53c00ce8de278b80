/** Plans that are objects as server and worker read them, with the rights of deploy/features/plans.yaml; what only the reader can tell. */
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { currentLab } from '../../../../lab/index.ts';
import { noFile, watchPlans } from '../../../../src/installation/index.ts';
import type { KubeObject } from '../../../../src/kubernetes/client/client.ts';
import { formatProblems } from '../../../../src/plan/index.ts';
import { changed, EXAMPLE } from '../../../support/plan-text.ts';
import { type Bench, bindRole, closeBench } from '../support.ts';
import { openPlans, planRef } from './support.ts';

let bench: Bench;

beforeAll(async () => {
  bench = await openPlans();
  await bindRole(bench, 'sluice-plans');
});
afterAll(() => closeBench(bench));

/** As the product's service account. */
function productPlans(namespace = bench.namespace) {
  const known = { ...noFile().known, planSources: [{ name: 'cluster', namespaces: [namespace] }] };
  const installation = { known, current: async () => known };
  return watchPlans(pino({ level: 'silent' }), installation, undefined, currentLab().productKubeconfig);
}

const CHECK = '{ name: duration, builtin: requestDuration, quantile: 0.99, max: 500ms }';
const query = (rest: string) => changed([CHECK, `{ name: q, query: ${rest} }`]);

/** What a schema and CEL cannot say: the reader tells it. */
const TOLD: [name: string, text: string, sentence: string][] = [
  ['an image with a tag', changed(['bookinfo/reviews\n', 'bookinfo/reviews:v1\n']), 'the name has the tag "v1"'],
  ['a query that is none', query("'sum(rate(x[1m])', max: 1"), 'spec.analysis.checks[1].query: '],
  ['a query without a limit', query('\'sum(rate(x{pod=~"{{pods}}"}[{{interval}}]))\''), 'the check has no limit'],
  [
    'a duration as a number',
    changed(['max: 500ms', 'max: 500']),
    'spec.analysis.checks[1].max: 500 is not allowed here',
  ],
  [
    'a time zone that is not there',
    changed(['onNew', 'windows: [{ days: [mon], from: "09:00", to: "17:00", zone: Mars/Base }]\n  onNew']),
    'write the name of a time zone',
  ],
  [
    'a comparison of nothing',
    changed(['failureThreshold', 'compare: { errors: false, latency: false }\n    failureThreshold']),
    'spec.analysis.compare: nothing is compared',
  ],
  [
    'a login in an address',
    changed(['http://prometheus', 'http://me:secret@prometheus']),
    'the URL carries a user name',
  ],
  [
    'a source of numbers that nobody has',
    changed(['prometheus: http://prometheus:9090', 'source: default']),
    'spec.analysis.source: there is no metric source default',
  ],
];

describe('the kind RolloutPlan', () => {
  it.each(TOLD)('%s is taken, and told when plans are read', async (_, text, sentence) => {
    const { client, namespace } = bench;
    const object = parse(text) as KubeObject;
    await client.create(planRef(bench), { ...object, metadata: { name: 'reviews', namespace } });
    const { plans, broken } = await productPlans().current();
    await client.delete(planRef(bench));
    expect(plans).toEqual([]);
    const told = formatProblems(broken.flatMap(({ problems }) => problems));
    expect(told).toMatch(new RegExp(`^RolloutPlan ${namespace}/reviews: spec\\.`));
    expect(told).toContain(sentence);
  });

  it('is read by the product with its role and no other right, each generation of it', async () => {
    const { client, namespace } = bench;
    await client.create(planRef(bench), { ...parse(EXAMPLE), metadata: { name: 'reviews', namespace } });
    const source = productPlans();
    const files = async () => (await source.current()).plans.map(({ file }) => file);
    expect(await files()).toEqual([`RolloutPlan ${namespace}/reviews, generation 1`]);
    await client.patch(planRef(bench), [{ op: 'replace', path: '/spec/mirror/percent', value: 50 }]);
    expect(await files()).toEqual([`RolloutPlan ${namespace}/reviews, generation 2`]);
    await client.delete(planRef(bench));
    expect(await files()).toEqual([]);
    const elsewhere = productPlans('kube-system').current();
    await expect(elsewhere).rejects.toThrow(/bind ClusterRole sluice-plans of deploy\/features\/plans.yaml/);
  });
});
