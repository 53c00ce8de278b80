import { expect, it } from 'vitest';
import { whenOrdered } from '../../../../src/activities/mirror/verify-mirror.ts';
import type { MirrorInspected, MirrorPlacement } from '../../../../src/contract/mirror-activities.ts';
import { NO_INSTALLATION } from '../../../../src/installation/installation.ts';
import { ordered, testServer } from '../../../support/authority.ts';
import { specFor } from '../../routers/mirror/weather.ts';

const server = testServer();
const everything = { verbs: ['*' as const], plans: ['*/*'] };
const known = {
  ...NO_INSTALLATION,
  people: [{ name: 'ann', groups: [], slack: [], oidc: [], tokens: [], may: [{ ...everything, clusters: ['*'] }] }],
  servers: [{ name: 'main', keys: [server.key.id], vouchesFor: { people: ['*'], ...everything } }],
};

it('a mirror is looked at for who may have exactly this one, as it was when it was started', async () => {
  const spec = specFor();
  const { cluster } = spec;
  const statement = await ordered({ right: 'mirror', cluster, person: 'ann', what: spec }, server);
  let looks = 0;
  const inspect = async (): Promise<MirrorInspected> => {
    looks += 1;
    return { kind: 'ready', placement: {} as MirrorPlacement, warnings: [] };
  };
  const installation = { known, current: async () => known };
  const start = { spec, startedAt: new Date().toISOString(), statement };
  const asked = (more: object) => whenOrdered(installation, { ...start, ...more }, 0, inspect);
  expect(await asked({})).toMatchObject({ kind: 'ready', by: 'ann' });
  const cases = { spec: { ...spec, unsafeMethods: true }, statement: undefined, startedAt: '2999-01-01T00:00:00Z' };
  for (const [key, value] of Object.entries(cases))
    expect(await asked({ [key]: value }), key).toMatchObject({
      kind: 'refused',
      problems: [{ remedy: 'start it with --server' }],
    });
  expect(looks).toBe(1);
});
