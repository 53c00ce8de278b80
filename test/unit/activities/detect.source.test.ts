/** `source: canary`: what the canary Deployment has is what is rolled out. */
import { describe, expect, test } from 'vitest';
import { scaleCanary } from '../../../src/activities/scale-canary.ts';
import { scaleCanaryToZero } from '../../../src/activities/scale-canary-to-zero.ts';
import { upgradePrimary } from '../../../src/activities/upgrade-primary.ts';
import { AT_REST, weighted } from '../../../src/contract/intent.ts';
import { WROTE } from '../../../src/kubernetes/objects/annotations.ts';
import type { Deployment } from '../../../src/kubernetes/objects/deployments.ts';
import { isHeld } from '../../../src/kubernetes/objects/held.ts';
import { offeredOf } from '../../../src/kubernetes/objects/mark.ts';
import { CONFIG_ANNOTATION, type PodTemplate } from '../../../src/kubernetes/objects/pod-template.ts';
import { readinessOf } from '../../../src/kubernetes/objects/readiness.ts';
import { planFor } from '../../support/plan.ts';
import { DIGEST, RolloutCluster } from './support/rollout-cluster.ts';

const base = planFor('reviews');
const plan = planFor('reviews', {
  events: [],
  workload: { ...base.workload, source: 'canary' },
  traffic: { ...base.traffic, routes: [] },
  analysis: { ...base.analysis, checks: [] },
});

/** A canary as Git has it. */
function cluster(change: (template: PodTemplate) => void = () => {}, replicas = 0): RolloutCluster {
  const made = new RolloutCluster();
  const primary = structuredClone(made.deployment('reviews-v1'));
  const labels = { app: 'reviews', version: 'v2' };
  const template = { ...primary.spec.template, metadata: { labels } };
  change(template);
  made.put('deployments', {
    metadata: { name: 'reviews-v2', namespace: 'demo' },
    spec: { replicas, selector: { matchLabels: labels }, template },
    status: {},
  } as unknown as Deployment);
  return made;
}

const image = (to: string) => (template: PodTemplate) => {
  for (const one of template.spec.containers) one.image = to;
};

function change(made: RolloutCluster, how: (template: PodTemplate) => void): void {
  made.edit(made.deployment('reviews-v2'), ({ spec }) => how(spec.template));
}

const offered = (made: RolloutCluster) => offeredOf(made.deployment('reviews-v2'));

async function began(made: RolloutCluster) {
  const rollout = await made.begin('', plan);
  const scale = (seq: number) => scaleCanary(made, { ...rollout.as(seq), replicas: 1, template: true });
  const holdIt = (seq: number) => scaleCanary(made, { ...rollout.as(seq), replicas: 1, template: false, hold: true });
  const zero = (seq: number) => scaleCanaryToZero(made, rollout.as(seq));
  return { ...rollout, scale, hold: holdIt, zero };
}

async function refused(made: RolloutCluster, of = plan, event = {}): Promise<string> {
  const detected = await made.detect(undefined, of, event);
  if (detected.kind !== 'refused') throw new Error(JSON.stringify(detected));
  return detected.problems.map(({ where, problem, remedy }) => `${where}: ${problem}; ${remedy}`).join('\n');
}

describe('a canary that is not what the primary runs', () => {
  test('is rolled out with all that its template has, and stays as its owner wrote it', async () => {
    const made = cluster((template) => {
      image('reviews:v2')(template);
      template.metadata = { ...template.metadata, annotations: { team: 'books' } };
      template.spec.containers.push({ name: 'proxy', image: 'proxy:9' });
    });
    const written = structuredClone(made.deployment('reviews-v2').spec.template);
    const { scale, as, revision, detected } = await began(made);
    expect(revision.image).toBe('reviews:v2');
    expect(offered(made)).toEqual({ count: 1, mark: detected.mark });
    await scale(1);
    const canary = made.deployment('reviews-v2');
    expect(canary.spec).toMatchObject({ replicas: 1, template: written });
    expect(readinessOf(canary, revision, 1).sentence).not.toContain('does not have revision');
    await upgradePrimary(made, { ...as(2), replicas: 2 });
    const { template } = made.deployment('reviews-v1').spec;
    expect(template.spec.containers).toEqual(written.spec.containers);
    expect(template.metadata?.labels).toEqual({ app: 'reviews', version: 'v1' });
    expect(Object.keys(template.metadata?.annotations ?? {}).sort()).toEqual([CONFIG_ANNOTATION, 'team']);
  });

  test('is unchanged once it was promoted, with a digest in the place of its tag', async () => {
    const made = cluster((template) => {
      image('reviews:v2')(template);
      template.spec.containers.push({ name: 'proxy', image: 'proxy:9' });
    });
    const { scale, as } = await began(made);
    await scale(1);
    made.putPod({ reviews: `docker.io/library/reviews@${DIGEST}`, proxy: `proxy@${DIGEST}` });
    await upgradePrimary(made, { ...as(2), replicas: 2 });
    const { containers } = made.deployment('reviews-v1').spec.template.spec;
    expect(containers.map((one) => one.image)).toEqual([`reviews:v2@${DIGEST}`, `proxy:9@${DIGEST}`]);
    expect(await made.detect(undefined, plan)).toMatchObject({ kind: 'unchanged' });
  });

  test('is new again when only a ConfigMap is', async () => {
    const made = cluster();
    expect(await made.detect(undefined, plan)).toMatchObject({ kind: 'unchanged' });
    const before = offered(made);
    made.putConfig('two');
    expect(await made.detect(undefined, plan)).toMatchObject({ kind: 'new' });
    expect(offered(made)).toMatchObject({ count: before.count + 1 });
    expect(offered(made).mark).not.toBe(before.mark);
  });

  test('that is what the primary has is unchanged, though nobody noted what that reads', async () => {
    const made = cluster();
    expect(await made.detect(undefined, plan)).toMatchObject({ kind: 'unchanged' });
    change(made, image('reviews:v2'));
    expect(await made.detect(undefined, plan)).toMatchObject({ kind: 'new' });
    change(made, image('reviews:v1'));
    expect(await made.detect(undefined, plan)).toMatchObject({ kind: 'unchanged' });
    expect(offered(made).count).toBe(3);
  });

  test('is noted once for one detection, however often it is made', async () => {
    const made = cluster(image('reviews:v2'));
    await made.detect(undefined, plan);
    await made.detect(undefined, plan);
    expect(offered(made).count).toBe(1);
  });

  test('changed since it was detected is not taken for what was', async () => {
    const made = cluster(image('reviews:v2'));
    const { scale } = await began(made);
    change(made, image('reviews:v3'));
    await expect(scale(1)).rejects.toMatchObject({ kind: 'Drift' });
    expect(made.deployment('reviews-v2').spec.replicas).toBe(0);
  });
});

describe('a canary that is held', () => {
  async function held() {
    const made = cluster(image('reviews:v2'));
    const rollout = await began(made);
    await rollout.scale(1);
    await rollout.hold(2);
    return { made, ...rollout, canary: () => made.deployment('reviews-v2') };
  }

  test('is paused until it goes to zero, and then has what came meanwhile', async () => {
    const { made, canary, hold, zero } = await held();
    expect(isHeld(canary())).toBe(true);
    change(made, image('reviews:v3'));
    await hold(3);
    await zero(4);
    await zero(4);
    expect(canary().spec).toMatchObject({ replicas: 0, template: { spec: { containers: [{ image: 'reviews:v3' }] } } });
    expect(canary().spec).not.toHaveProperty('paused');
    expect(canary().metadata.annotations).not.toHaveProperty([WROTE]);
  });

  test('is promoted as it was tested, by its digest, whatever its template has become', async () => {
    const { made, as } = await held();
    change(made, image('reviews:v3'));
    made.putPods(`docker.io/library/reviews@${DIGEST}`);
    const result = await upgradePrimary(made, { ...as(3), replicas: 2 });
    expect(result).toEqual({ kind: 'written', image: expect.stringContaining(DIGEST) });
  });

  test('is held again when somebody resumed it, and not with another template', async () => {
    const { made, canary, hold } = await held();
    const resume = () => made.edit(canary(), ({ spec }) => void delete spec.paused);
    resume();
    await hold(3);
    expect(isHeld(canary())).toBe(true);
    resume();
    change(made, image('reviews:v3'));
    await expect(hold(4)).rejects.toThrow('has another template than the one that was tested; nothing was written');
    expect(isHeld(canary())).toBe(false);
  });

  test('does not stop a rollout, and one that somebody else has paused does', async () => {
    const { made, canary, scale } = await held();
    made.edit(canary(), ({ spec }) => Object.assign(spec, { replicas: 0 }));
    change(made, image('reviews:v3'));
    expect(await made.detect(undefined, plan)).toMatchObject({ kind: 'new' });
    change(made, image('reviews:v2'));
    await scale(5);
    expect(canary().spec).toMatchObject({ replicas: 1 });
    expect(isHeld(canary())).toBe(false);
    made.edit(canary(), ({ spec }) => Object.assign(spec, { replicas: 0, paused: true }));
    change(made, image('reviews:v4'));
    expect(await refused(made)).toContain('it is paused, so a new template would not roll out');
  });
});

describe('a canary that runs', () => {
  test('goes to zero before its first rollout, and not before a later one', async () => {
    const made = cluster(image('reviews:v2'), 1);
    made.intent = AT_REST;
    expect(await made.detect(undefined, plan)).toMatchObject({ kind: 'new' });
    expect(made.deployment('reviews-v2').spec.replicas).toBe(0);
    made.edit(made.deployment('reviews-v2'), ({ spec }) => Object.assign(spec, { replicas: 1 }));
    change(made, image('reviews:v3'));
    expect(await refused(made)).toContain('it runs already with 1 replicas');
    expect(made.deployment('reviews-v2').spec.replicas).toBe(1);
  });

  test('with users on it stays', async () => {
    const made = cluster(image('reviews:v2'), 1);
    made.intent = weighted(20);
    expect(await refused(made)).toContain('it runs already with 1 replicas');
    expect(made.deployment('reviews-v2').spec.replicas).toBe(1);
    expect(offered(made)).toEqual({ count: 0, mark: '' });
  });
});

describe('an offer is refused', () => {
  test.each<[string, () => RolloutCluster, Partial<typeof plan>, object, string]>([
    [
      'without the Deployment',
      () => new RolloutCluster(),
      {},
      {},
      'Deployment demo/reviews-v2: it does not exist; create it',
    ],
    [
      'for pods that nothing tells apart',
      () => cluster(({ metadata }) => Object.assign(metadata ?? {}, { labels: { app: 'reviews', version: 'v3' } })),
      {},
      {},
      'Deployment demo/reviews-v2: its pods lack version=v2; write spec.workload.canaryLabels into its template',
    ],
    [
      'that tells of a canary to a plan of events',
      () => cluster(),
      { workload: base.workload },
      { mark: '0a/1b' },
      'plan demo/reviews: its versions are images that events bring',
    ],
  ])('%s', async (_, made, changes, event, sentence) => {
    expect(await refused(made(), { ...plan, ...changes }, event)).toContain(sentence);
  });
});
