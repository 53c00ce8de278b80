import { mkdir, mkdtemp, rm, unlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Installation, type InstallationFile, noFile } from '../../../src/installation/index.ts';
import { watchPlans } from '../../../src/installation/watch-plans.ts';
import { formatProblems, type PlanDir } from '../../../src/plan/index.ts';
import { changed, EXAMPLE } from '../../support/plan-text.ts';

const silent = pino({ level: 'silent' });

let plansDir: string;

beforeEach(async () => {
  plansDir = await mkdtemp(join(tmpdir(), 'sluice-plans-'));
  await writeFile(join(plansDir, 'reviews.yaml'), EXAMPLE);
});
afterEach(async () => {
  await rm(plansDir, { recursive: true });
});

describe('watchPlans', () => {
  const names = async (source: ReturnType<typeof watchPlans>) =>
    (await source.current()).plans.map(({ plan }) => plan.name);

  it('sees new, changed and removed plans', async () => {
    const source = watchPlans(silent, noFile(), { dir: plansDir, namespaces: ['demo'] });
    expect(await names(source)).toEqual(['reviews']);
    await writeFile(join(plansDir, 'z.yaml'), changed(['name: reviews, namespace', 'name: ratings, namespace']));
    expect(await names(source)).toEqual(['reviews', 'ratings']);
    await writeFile(join(plansDir, 'z.yaml'), changed(['name: reviews, namespace', 'name: details, namespace']));
    await utimes(join(plansDir, 'z.yaml'), 1, 1);
    expect(await names(source)).toEqual(['reviews', 'details']);
    await unlink(join(plansDir, 'reviews.yaml'));
    expect(await names(source)).toEqual(['details']);
  });

  it('reads nothing again while nothing changed', async () => {
    const source = watchPlans(silent, noFile(), { dir: plansDir, namespaces: ['demo'] });
    const [first, second] = [await source.current(), await source.current()];
    expect(first.plans[0]).toBe(second.plans[0]);
  });

  it('keeps the last plans when the directory goes away', async () => {
    const source = watchPlans(silent, noFile(), { dir: plansDir, namespaces: ['demo'] });
    await source.current();
    await rm(plansDir, { recursive: true });
    expect(await names(source)).toEqual(['reviews']);
    await mkdir(plansDir);
  });
});

describe('sources that are bound to namespaces', () => {
  const IN = 'namespace: demo';
  async function sources(files: Record<string, Record<string, string>>): Promise<Installation> {
    const dir = await mkdtemp(join(tmpdir(), 'sluice-sources-'));
    for (const [source, plans] of Object.entries(files)) {
      await mkdir(join(dir, source));
      for (const [name, text] of Object.entries(plans)) await writeFile(join(dir, source, name), text);
    }
    const planSources = Object.keys(files).map((name) => ({
      name,
      dir: join(dir, name),
      namespaces: [name, `${name}-*`],
    }));
    return { ...noFile().known, dir, planSources };
  }
  const fileOf = (known: Installation): InstallationFile => ({ known, current: async () => known });
  const idsOf = ({ plans }: PlanDir) => plans.map(({ plan }) => `${plan.namespace}/${plan.name}`);

  it('a plan that names another namespace is broken, says why, and speaks for nobody', async () => {
    const shop = changed([IN, 'namespace: shop']);
    const installation = fileOf(
      await sources({ demo: { 'a.yaml': EXAMPLE, 'b.yaml': shop }, shop: { 'a.yaml': shop } }),
    );
    const plans = await watchPlans(silent, installation).current();
    expect(idsOf(plans)).toEqual(['demo/reviews', 'shop/reviews']);
    expect(plans.broken.map(({ file, claims, problems }) => [file, claims, formatProblems(problems)])).toEqual([
      [
        'demo/b.yaml',
        { images: [] },
        expect.stringMatching(
          /^demo\/b\.yaml:\d+:\d+ {2}metadata\.namespace: plans of the source demo may not name namespace shop; write one of demo, demo-\*/,
        ),
      ],
    ]);
  });

  it('may name a prefix of namespaces; the namespace that is meant without one counts too', async () => {
    const installation = fileOf(
      await sources({
        demo: { 'a.yaml': changed([IN, 'namespace: demo-7']), 'b.yaml': changed([`, ${IN}`, '']), 'c.yaml': 'kind: [' },
      }),
    );
    const plans = await watchPlans(silent, installation).current();
    expect(idsOf(plans)).toEqual(['demo-7/reviews']);
    expect(plans.broken.map(({ claims }) => claims.name)).toEqual([undefined, undefined]);
  });

  it('one that goes away takes no other with it, and one plan in two is used from neither', async () => {
    const known = await sources({ demo: { 'a.yaml': EXAMPLE }, shop: { 'a.yaml': changed([IN, 'namespace: shop']) } });
    const twice = { name: 'twin', dir: join(known.dir ?? '', 'demo'), namespaces: ['*'] };
    const both = await watchPlans(silent, fileOf({ ...known, planSources: [...known.planSources, twice] })).current();
    expect(idsOf(both)).toEqual(['shop/reviews']);
    expect(both.broken.map(({ file }) => file)).toEqual(['demo/a.yaml', 'twin/a.yaml']);
    const source = watchPlans(silent, fileOf(known));
    await source.current();
    await rm(join(known.dir ?? '', 'demo'), { recursive: true });
    await writeFile(
      join(known.dir ?? '', 'shop', 'b.yaml'),
      changed([IN, 'namespace: shop'], ['name: reviews,', 'name: ratings,']),
    );
    expect(idsOf(await source.current())).toEqual(['demo/reviews', 'shop/reviews', 'shop/ratings']);
  });

  it('are read again when the installation changes', async () => {
    let known = await sources({ demo: { 'a.yaml': EXAMPLE } });
    const source = watchPlans(silent, { known, current: async () => known });
    expect(idsOf(await source.current())).toEqual(['demo/reviews']);
    known = { ...known, planSources: known.planSources.map((one) => ({ ...one, namespaces: ['other'] })) };
    expect(idsOf(await source.current())).toEqual([]);
  });
});
