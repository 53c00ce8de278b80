/** Who the operator's file of the matrix knows, and what it lets them do. */
import { newToken } from '../../../../src/authority/index.ts';
import type { Plan } from '../../../../src/contract/plan.ts';
import { almighty, testServer } from '../../../support/authority.ts';
import { secretFile } from '../../../support/sender.ts';

export const SLACK = 'a-signing-secret-of-slack';
export const HOOK = 'whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=';
export const SENDERS = ['ci', 'ops'];
export const PEOPLE = ['ann', 'bob', 'cyd', 'dan', 'eve', 'fay'] as const;
export const tokens = Object.fromEntries(PEOPLE.map((name) => [name, newToken()])) as Record<
  string,
  ReturnType<typeof newToken>
>;
export const narrow = testServer('narrow');

const person = (name: string, may: string, scope = '') =>
  `  - { name: ${name}, slack: [{ team: T1, user: ${name.toUpperCase()} }], tokens: [{ sha256: ${tokens[name]?.sha256}, expires: "2999-01-01T00:00:00Z"${scope} }], may: [${may}] }\n`;
const sender = (name: string, plans: string) =>
  `  - { name: ${name}, plans: [${plans}], signature: { preset: standard-webhooks, secrets: [${JSON.stringify(secretFile(HOOK))}] } }\n`;

export const FILE = [
  almighty('root').replace('people: [', 'people:\n  - ').replace(/\]\n$/, '\n'),
  person('ann', '{ verbs: ["*"], plans: [demo/*] }'),
  person('bob', '{ verbs: [view, pause, abort], plans: ["*/*"] }'),
  person('cyd', '{ verbs: [approve, reject, acknowledge], plans: [prod/*] }, { verbs: [view], plans: ["*/shop*"] }'),
  person(
    'dan',
    '{ verbs: ["*"], plans: ["*/*"], clusters: [elsewhere-*] }, { verbs: [pause], plans: ["*/*"], clusters: [test-*] }',
  ),
  person('eve', ''),
  person('fay', '{ verbs: ["*"], plans: [demo/own*] }', ', may: [{ verbs: [view, promote], plans: ["*/*"] }]'),
  'senders:\n',
  sender('ci', 'demo/*'),
  sender('ops', 'prod/shop'),
].join('');
export const NARROW = narrow.servers
  .replace('servers: [', '  - ')
  .replace(/\]\n$/, '\n')
  .replace(
    'people: ["*"], verbs: ["*"], plans: ["*/*"]',
    'people: [ann, bob], verbs: [pause, resume], plans: [demo/shop*]',
  );

export type Where = Pick<Plan, 'namespace' | 'name'>;
export const PLANS: Where[] = [
  { namespace: 'demo', name: 'own' },
  { namespace: 'demo', name: 'shop' },
  { namespace: 'prod', name: 'shop' },
];
