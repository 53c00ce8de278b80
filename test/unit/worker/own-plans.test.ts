import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { noFile } from '../../../src/installation/index.ts';
import { ownPlans } from '../../../src/worker/index.ts';
import { answer, fakeApiServer } from '../../support/fakes/api-server.ts';
import { EXAMPLE } from '../../support/plan-text.ts';

it('a worker reads plans that are objects with its own kubeconfig; without any source it has none', async () => {
  const api = await fakeApiServer((_, response) => answer(response, 200, { metadata: {}, items: [parse(EXAMPLE)] }));
  const known = { ...noFile().known, planSources: [{ name: 'cluster', namespaces: ['demo'] }] };
  const plans = await ownPlans({ known, current: async () => known }, undefined, undefined, api.kubeconfig)?.current();
  await api.close();
  expect(plans?.plans.map(({ plan }) => plan.name)).toEqual(['reviews']);
  expect(ownPlans()).toBeUndefined();
});
