import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  type AddressesInPlans,
  type Installation,
  namesRule,
  watchInstallation,
} from '../../../src/installation/index.ts';
import { formatProblems, loadPlanText, type PlanProblem } from '../../../src/plan/index.ts';
import { changed } from '../../support/plan-text.ts';

const HEAD = 'apiVersion: sluice.dev/v1alpha1\nkind: Installation\n';
const file = join(mkdtempSync(join(tmpdir(), 'sluice-installation-')), 'sluice.yaml');

async function load(
  text: string,
  addressesInPlans?: AddressesInPlans,
): Promise<Installation | { problems: PlanProblem[] }> {
  writeFileSync(file, HEAD + text);
  const read = await watchInstallation(file, addressesInPlans);
  return 'problems' in read ? read : read.known;
}

async function refused(source: string): Promise<string> {
  const loaded = await load(`metricSources: [{ name: default, address: http://prometheus:9090, ${source} }]\n`);
  return 'problems' in loaded ? formatProblems(loaded.problems) : 'no problem';
}

const WHOLE = `
metricSources:
  - name: default
    address: https://thanos.example.com/query
    login:
      bearer: { file: token }
      headers: { X-Scope-OrgID: team-a, X-Key: { env: KEY } }
    tls: { ca: ca.pem, certificate: client.pem, key: client-key.pem, serverName: thanos }
    proxy: { address: http://proxy:3128, basic: { username: sluice, password: { file: proxy } }, overHttp: true }
    matchers: { cluster: a, tenant: { "!~": "test-.*" } }
    labels: { pod: kubernetes_pod_name }
    warnings: ignore
    parameters: { partial_response: "false", dedup: "true" }
  - { name: eu, address: http://prometheus.eu:9090, login: { basic: { username: u, password: { env: P } }, overHttp: true }, proxy: none }
`;

describe('the file', () => {
  it('may say all of it, and little', async () => {
    expect(await load(WHOLE)).toMatchObject({
      addressesInPlans: 'none',
      metricSources: [{ name: 'default' }, { name: 'eu' }],
    });
    expect(await load('')).toMatchObject({ metricSources: [], addressesInPlans: 'none' });
  });

  it.each([
    [
      '{ name: a, namespaces: [demo] }',
      'planSources[0]: says neither dir nor objects; write dir: plans, or objects: true',
    ],
    ['{ name: a, namespaces: [demo], dir: a, objects: true }', 'this source has a dir as well; make two sources of it'],
    [
      '{ name: a, namespaces: [demo], objects: demo }',
      '"demo" is not allowed here; write true, or leave it out and name a dir',
    ],
  ])('a source of plans is a directory or objects: %s', async (source, sentence) => {
    const loaded = await load(`planSources: [${source}]\n`);
    expect('problems' in loaded && formatProblems(loaded.problems)).toContain(sentence);
    expect(await load('planSources: [{ name: a, namespaces: [demo], objects: true }]\n')).toHaveProperty('planSources');
  });

  it('addresses in plans: what it says, else what the process is', async () => {
    expect(await load('', 'any')).toMatchObject({ addressesInPlans: 'any' });
    expect(await load('addressesInPlans: none\n', 'any')).toMatchObject({ addressesInPlans: 'none' });
    expect(await load('addressesInPlans: remote\n')).toMatchObject({ addressesInPlans: 'remote' });
  });

  it.each([
    ['login: { bearer: hunter2 }', ':3:', 'login.bearer: is not a section with keys', 'write the keys file, env'],
    ['login: { bearer: { token: hunter2 } }', 'login.bearer.token: unknown key', 'known here: file, env'],
    ['login: { bearer: {} }', 'one of file and env says where', 'write { file: PATH } or { env: NAME }'],
    ['login: { bearer: { file: a, env: B } }', 'one of file and env says where', 'write { file: PATH }'],
    ['login: { bearer: { env: "A-B" } }', 'env: "A-B" is not allowed here', 'PROMETHEUS_TOKEN'],
    ['login: { basic: { username: a } }', 'login.basic.password: is missing', 'file, env'],
    ['login: { basic: { username: a, password: hunter2 } }', 'login.basic.password: is not a section', 'file, env'],
    ['login: { headers: { Authorization: hunter2 } }', 'a login stands in the file itself', 'write { file: PATH }'],
    ['login: { headers: { cookie: hunter2 } }', 'a login stands in the file itself', 'write { file: PATH }'],
    ['login: { headers: { "a b": c } }', '"a b" is not allowed here', 'a header name'],
    [
      'login: { bearer: { file: a }, basic: { username: u, password: { file: b } } }',
      'bearer and basic are one header',
      'keep one',
    ],
    [
      'login: { bearer: { file: a }, headers: { authorization: { file: b } } }',
      'bearer and an Authorization header are',
      'keep one',
    ],
    ['login: { bearer: { file: a } }', ':3:', 'address: the login would go over plain http', 'overHttp: true'],
    ['login: { headers: { X-Key: { env: A } } }', 'the login would go over plain http', 'write https://'],
    [
      'proxy: { address: "http://proxy", basic: { username: u, password: { file: p } } }',
      'proxy.address: the login would go over plain http',
    ],
    ['tls: { certificate: a.pem }', 'a client certificate needs its key', 'write both, or none'],
    ['tls: { insecure: true }', 'tls.insecure: unknown key', 'known here: ca, certificate, key, serverName'],
    ['proxy: http://user:hunter2@proxy', 'this is no proxy', 'write none, or a section'],
    ['proxy: { address: "http://user:hunter2@proxy" }', 'the URL carries a user name or password', 'http://proxy:3128'],
    ['proxy: { address: "socks5://proxy" }', '"socks5:" is not a web address', 'http://proxy:3128'],
    ['matchers: { "a-b": c }', '"a-b" is not allowed here', 'letters, digits'],
    ['matchers: { a: { "=~": "(?=b)" } }', 'is no pattern as Prometheus knows them', 'leave out lookaheads'],
    ['labels: { pods: a }', 'labels.pods: unknown key', 'did you mean "pod"?'],
    ['warnings: fatal', '"fatal" is not allowed here', 'incomplete or ignore'],
    ['parameters: { query: up }', '"query" is not allowed here', 'write another parameter'],
    ['parameters: { dedup: true }', 'parameters.dedup: true is not allowed here', 'a text in quotes'],
    ['adress: x', 'adress: unknown key', 'did you mean "address"?'],
  ])('%s', async (source, ...words) => {
    const shown = await refused(source);
    for (const word of words) expect(shown).toContain(word);
    expect(shown).not.toContain('hunter2');
  });

  it('tells two sources of one name, and an address with a password, which it does not show', async () => {
    const twice = await load(
      'metricSources:\n  - { name: a, address: http://a }\n  - { name: a, address: http://me:hunter2@b }\n',
    );
    const shown = 'problems' in twice ? formatProblems(twice.problems) : '';
    expect(shown).toContain('metricSources[1].address: the URL carries a user name or password');
    expect(shown).not.toContain('hunter2');
    const named = await load(
      'metricSources:\n  - { name: a, address: http://a }\n  - { name: a, address: http://b }\n',
    );
    expect(named).toMatchObject({ problems: [{ line: 5, path: 'metricSources[1].name' }] });
  });
});

describe('a target of notifications', () => {
  const first = async (target: string) => {
    const loaded = await load(`notificationTargets: [{ name: board, plans: [demo/*], ${target} }]\n`);
    return 'problems' in loaded ? formatProblems(loaded.problems) : loaded.notificationTargets[0];
  };
  const SECRETS = 'secrets: [{ env: BOARD_SECRET }, { file: before }]';

  it('is a webhook, its address in the file or elsewhere', async () => {
    const webhook = { address: 'https://board.example.com/hooks', local: false };
    expect(await first(`webhook: { address: "https://board.example.com/hooks", ${SECRETS} }`)).toMatchObject({
      webhook,
    });
    const address = { env: 'BOARD' };
    expect(await first(`webhook: { address: { env: BOARD }, ${SECRETS} }`)).toMatchObject({ webhook: { address } });
    expect(await first(`webhook: { address: "http://127.0.0.1:9/", local: true, ${SECRETS} }`)).toMatchObject({});
  });

  it.each([
    [`webhook: { address: "http://127.0.0.1:9/", ${SECRETS} }`, 'is of the machine that sends', 'local: true'],
    [`webhook: { address: "http://169.254.169.254/", ${SECRETS} }`, 'webhook.address: is of the machine', 'cloud'],
    [`webhook: { address: "https://a/?token=hunter2", ${SECRETS} }`, 'webhook.address: the URL carries a query'],
    [`webhook: { address: "https://me:hunter2@a/", ${SECRETS} }`, 'the URL carries a user name'],
    [`webhook: { address: [hunter2], ${SECRETS} }`, 'this is no web address', '{ env: NAME } for one that is a secret'],
    ['webhook: { address: "https://a/" }', 'webhook.secrets: is missing', 'write where the secrets are'],
    ['webhook: { address: "https://a/", secrets: [whsec_hunter2] }', 'secrets[0]: is not a section', 'file, env'],
    ['webhook: { address: "https://a/", secrets: [] }', 'the list is empty'],
    ['local: true', 'local: unknown key'],
    ['email: { to: [a@example.com] }', 'one of slack and webhook says where news go', 'write one of them'],
    [
      `webhook: { address: "https://a/", ${SECRETS} }, slack: { channel: C1, token: { env: T } }`,
      'one of slack and webhook says where news go',
    ],
  ])('%s is none', async (target, ...words) => {
    const shown = String(await first(target));
    for (const word of words) expect(shown).toContain(word);
    expect(shown).not.toContain('hunter2');
  });

  it('is named by plans that it is for, as what it is', async () => {
    const hook = `{ name: board, plans: [demo/*], webhook: { address: "https://a/", ${SECRETS} } }`;
    const chat = '{ name: chat, plans: [demo/*], slack: { channel: C1, token: { env: T } } }';
    const far = `{ name: far, plans: [shop/*], webhook: { address: "https://a/", ${SECRETS} } }`;
    const installation = await load(`addressesInPlans: any\nnotificationTargets: [${hook}, ${chat}, ${far}]\n`);
    if ('problems' in installation) throw new Error(formatProblems(installation.problems));
    const named = (target: string) => {
      const text = changed(['email: { to: [team@example.com] }', `webhook: { target: ${target} }`]);
      const result = loadPlanText(text, 'reviews.yaml', namesRule(installation));
      return 'problems' in result ? formatProblems(result.problems) : result.plan.notify;
    };
    expect(named('board')).toEqual([{ webhook: { target: 'board' } }]);
    for (const other of ['chat', 'far', 'nobody'])
      expect(named(other)).toContain(
        `spec.notify[0].webhook.target: the installation has no notification target ${other} with webhook for demo/reviews; write one of board`,
      );
  });
});

describe('a plan under an installation', () => {
  const under = async (text: string, ...edits: [string, string][]) => {
    const installation = await load(text);
    if ('problems' in installation) throw new Error(formatProblems(installation.problems));
    const result = loadPlanText(changed(...edits), 'reviews.yaml', namesRule(installation));
    return 'problems' in result ? formatProblems(result.problems) : result.plan.analysis;
  };
  const SOURCES = 'metricSources: [{ name: default, address: http://a }, { name: eu, address: http://b }]\n';
  const LOAD = /\n {2}load: .*/.exec(changed())?.[0] ?? '';
  const ADDRESS = /\n {4}prometheus: (\S+)/.exec(changed())?.[0] ?? '';

  it('names one that exists, or none and means default', async () => {
    expect(await under(SOURCES, [ADDRESS, '\n    source: eu'])).toMatchObject({ source: 'eu' });
    expect(await under(SOURCES, [ADDRESS, ''])).toMatchObject({ source: 'default' });
  });

  it('is told with its line what exists', async () => {
    expect(await under(SOURCES, [ADDRESS, '\n    source: us'])).toBe(
      'reviews.yaml:30:13  spec.analysis.source: there is no metric source us in the installation; write one of default, eu',
    );
    expect(await under('', [ADDRESS, ''])).toContain(
      'there is no metric source default in the installation; add it to metricSources',
    );
  });

  it('sends requests of its own to no local address unless that is allowed', async () => {
    const during = (address: string): [string, string] => [
      '  shift:',
      `  load: { during: { address: "${address}", requestsPerSecond: 5 } }\n  shift:`,
    ];
    const edits = (address: string) => [[ADDRESS, ''], [LOAD, ''], during(address)] as [string, string][];
    for (const address of ['http://169.254.169.254', 'http://localhost:7233', 'http://[::ffff:a9fe:a9fe]'])
      expect(await under(SOURCES, ...edits(address))).toContain(
        'spec.load.during.address: the address is of the machine',
      );
    expect(await under(SOURCES, ...edits('http://ledger.example.com'))).toMatchObject({ source: 'default' });
    expect(await under(`addressesInPlans: any\n${SOURCES}`, ...edits('http://localhost:80'))).toHaveProperty('source');
  });

  it('brings an address only where that is allowed, and never both', async () => {
    expect(await under(SOURCES)).toContain(
      'the installation allows no addresses in plans; write source: and one of default, eu',
    );
    expect(await under(`addressesInPlans: remote\n${SOURCES}`)).toHaveProperty('prometheus');
    const local = await under('addressesInPlans: remote\n', [ADDRESS, '\n    prometheus: http://2130706433:9090']);
    expect(local).toContain('spec.analysis.prometheus: the address is of the machine that asks');
    const both = loadPlanText(changed([ADDRESS, `${ADDRESS}\n    source: eu`]), 'reviews.yaml');
    expect(both).toMatchObject({
      problems: [{ path: 'spec.analysis.prometheus', remedy: 'remove prometheus, or source' }],
    });
  });
});
