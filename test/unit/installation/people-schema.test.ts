import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { watchInstallation } from '../../../src/installation/index.ts';
import { formatProblems } from '../../../src/plan/index.ts';
import { INSTALLATION_HEAD } from '../../support/authority.ts';

const file = join(mkdtempSync(join(tmpdir(), 'sluice-people-')), 'sluice.yaml');
const KEY = 'A'.repeat(43);
const SUM = 'a'.repeat(64);

async function problems(text: string): Promise<string> {
  writeFileSync(file, INSTALLATION_HEAD + text);
  const read = await watchInstallation(file);
  return 'problems' in read ? formatProblems(read.problems) : 'none';
}

it('people and servers may say all of it, and nothing is allowed by default', async () => {
  const text = `people:
  - { name: ann, groups: [sre], slack: [{ team: T1, user: U1 }], oidc: [{ provider: corp, subject: a@b.example }], tokens: [{ sha256: ${SUM}, expires: "2027-01-31T00:00:00+01:00", may: [] }], may: [{ verbs: [view], plans: [demo/*, "*/shop", de*/sh*], clusters: [eu-*] }] }
  - { name: bob }
identityProviders: [{ name: corp, issuer: https://a.example, keys: https://a.example/keys, audience: sluice, person: /email, groups: /groups }]
servers: [{ name: main, keys: [${KEY}], vouchesFor: { people: [ann], verbs: ["*"], plans: ["*/*"] } }]
key: { env: KEY }
unproven: closed
`;
  expect(await problems(text)).toBe('none');
});

it.each([
  [
    'people: [{ name: ann, may: [{ verbs: [delete], plans: [demo/*] }] }]',
    'people[0].may[0].verbs[0]: "delete" is not allowed here; write one of view, run',
  ],
  ['people: [{ name: ann, may: [{ verbs: [], plans: [demo/*] }] }]', 'verbs: the list is empty'],
  [
    'people: [{ name: ann, may: [{ verbs: [view], plans: [demo] }] }]',
    'plans[0]: "demo" is not allowed here; write NAMESPACE/PLAN',
  ],
  ['people: [{ name: ann, may: [{ verbs: [view], plans: ["*mo/shop"] }] }]', 'plans[0]: "*mo/shop"'],
  ['people: [{ name: "group:sre" }]', 'people[0].name: "group:sre" is not allowed here'],
  ['people: [{ name: ann }, { name: ann }]', 'people[1].name: "ann" is that of entry 0 already; write it once'],
  [
    'people: [{ name: ann, slack: [{ team: T1, user: U1 }] }, { name: bob, slack: [{ team: T1, user: U1 }] }]',
    'people[1].slack: "T1 U1" is that of entry 0',
  ],
  [
    'people: [{ name: ann, slack: [{ team: T1, user: "@ann" }] }]',
    'user: "@ann" is not allowed here; write an id of Slack',
  ],
  [
    `people: [{ name: ann, tokens: [{ sha256: sluice_x, expires: "2027-01-31T00:00:00Z" }] }]`,
    'sha256: this is not the SHA-256 of a token; write what sluice token create shows',
  ],
  [`people: [{ name: ann, tokens: [{ sha256: ${SUM} }] }]`, 'expires: is missing'],
  [
    `people: [{ name: ann, tokens: [{ sha256: ${SUM}, expires: "tomorrow" }] }]`,
    'expires: "tomorrow" is not allowed here; write a time',
  ],
  [
    'people: [{ name: ann, oidc: [{ provider: corp, subject: x }] }]',
    'people[0].oidc[0]: there is no "corp"; write the name of an entry of identityProviders: there is none',
  ],
  [
    'identityProviders: [{ name: corp, issuer: http://a.example, keys: "http://localhost:1/k", audience: sluice }]',
    'identityProviders[0].issuer: "http://a.example" is not allowed here; write an https:// address',
  ],
  [
    'identityProviders: [{ name: corp, issuer: https://a.example, keys: https://a.example/k, audience: sluice, algorithms: [HS256] }]',
    'identityProviders[0].algorithms[0]: "HS256" is not allowed here; write RS256',
  ],
  [`servers: [{ name: main, keys: [${KEY}] }]`, 'servers[0].vouchesFor: is missing'],
  [
    'servers: [{ name: main, keys: [k], vouchesFor: { people: ["*"], verbs: ["*"], plans: ["*/*"] } }]',
    'keys[0]: this is not a public key; write what sluice key init shows',
  ],
  [
    `servers: [{ name: a, keys: [${KEY}, ${KEY}], vouchesFor: { people: ["*"], verbs: ["*"], plans: ["*/*"] } }]`,
    'servers[0].keys: ',
  ],
  ['key: hunter2', 'key: is not a section with keys'],
  ['unproven: ajar', 'unproven: "ajar" is not allowed here; write open or closed'],
])('%j is refused with its place', async (text, message) => expect(await problems(`${text}\n`)).toContain(message));
