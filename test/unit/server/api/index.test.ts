import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { beforeAll, beforeEach, expect, it } from 'vitest';
import { newToken } from '../../../../src/authority/index.ts';
import { type InstallationFile, watchInstallation } from '../../../../src/installation/index.ts';
import { createApp } from '../../../../src/server/app.ts';
import { INSTALLATION_HEAD, testServer } from '../../../support/authority.ts';
import { FakeTemporal } from '../../../support/fakes/temporal.ts';
import { planFor } from '../../../support/plan.ts';

const ann = newToken();
const PATH = '/api/v1/rollouts/local/demo/reviews';
const ID = 'd1a5b3f0-0000';

let installation: InstallationFile;
let temporal: FakeTemporal;
let app: ReturnType<typeof createApp>;

beforeAll(async () => {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-offers-'));
  const { text, servers } = testServer();
  writeFileSync(join(folder, 'key'), text);
  const token = `tokens: [{ sha256: ${ann.sha256}, expires: "2999-01-01T00:00:00Z" }]`;
  const people = `people: [{ name: ann, ${token}, may: [{ verbs: ["*"], plans: ["*/*"] }] }]\n`;
  writeFileSync(join(folder, 'sluice.yaml'), `${INSTALLATION_HEAD}key: { file: key }\n${servers}${people}`);
  installation = (await watchInstallation(join(folder, 'sluice.yaml'))) as InstallationFile;
});
beforeEach(() => {
  temporal = new FakeTemporal();
  app = createApp({
    plans: { current: async () => ({ plans: [{ plan: planFor('reviews'), file: 'reviews.yaml' }], broken: [] }) },
    senders: async () => ({ senders: [], dir: '.' }),
    ...{ installation, temporal: temporal.client(), cluster: 'local', log: pino({ level: 'silent' }) },
  });
});

const ask = (path: string, method: string, body?: string) =>
  app.request(path, { method, headers: { authorization: `Bearer ${ann.token}` }, ...(body !== undefined && { body }) });

it.each([
  ['a body that is no JSON', '\u0000', 'id is 8 to 100'],
  ['nothing', '', 'id is 8 to 100'],
  ['a list', '[]', 'id is 8 to 100'],
  ['no id', '{"image":"reviews:v2"}', 'id is 8 to 100'],
  ['an id that is no text', '{"id":123456789,"image":"reviews:v2"}', 'id is 8 to 100'],
  ['no image', `{"id":"${ID}"}`, 'image is name:tag'],
  ['null for an image', `{"id":"${ID}","image":null}`, 'image'],
])('%s begins nothing', async (_what, body, why) => {
  const answer = await ask(`${PATH}/offers`, 'POST', body);
  expect(answer.status).toBe(422);
  expect(await answer.json()).toMatchObject({ code: 'offer-invalid', title: expect.stringContaining(why) });
  expect(temporal.started.size).toBe(0);
});

it('an id and an image begin a rollout', async () => {
  const answer = await ask(`${PATH}/offers`, 'POST', JSON.stringify({ id: ID, image: 'reviews:v2' }));
  expect([answer.status, temporal.started.size]).toEqual([200, 1]);
});

it.each([
  [`${PATH}/offers`, 'GET', 'POST'],
  ['/api/v1/me', 'DELETE', 'GET'],
  ['/api/v1/login', 'PUT', 'GET'],
])('%s does not take %s, and says what it takes', async (path, method, allowed) => {
  const answer = await ask(path, method);
  expect([answer.status, answer.headers.get('allow')]).toEqual([405, allowed]);
  expect(await answer.json()).toMatchObject({ code: 'method-not-allowed', remedy: `send ${allowed}` });
});

it('a record is asked for by a number or by a run, and by nothing else', async () => {
  const answer = await ask(`${PATH}/audit?rollout=700188b1680-975218bc-db04933a47cac-f`, 'GET');
  expect([answer.status, (await answer.json()) as object]).toMatchObject([422, { code: 'query-invalid' }]);
});
