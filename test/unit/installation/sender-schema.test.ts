import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { readSenders } from '../../support/sender.ts';

const SIGNATURE = 'signature: { preset: github, secrets: [{ env: A }] }';
const OWN = 'secrets: [{ env: A }]';

function refused(text: string): Promise<string> {
  return readSenders(`  - { ${text} }\n`).then(
    () => 'no problem',
    ({ message }) => message,
  );
}

describe('senders', () => {
  it('may say all of it, and little', async () => {
    const text = `
  - { name: a, plans: [demo/*, "*/web"], ${SIGNATURE} }
  - { name: b, plans: [demo/*], oidc: { preset: github, audience: sluice, claims: { repository: acme/* } }, read: sluice }
  - name: c
    plans: [demo/*]
    signature: { header: x-s, prefix: v0=, encoding: base64, signed: "{id}.{timestamp}.{body}", id: x-i, timestamp: x-t, tolerance: 1m, key: hex, ${OWN} }
    read: { preset: gitlab, when: { /environment: [production] }, image: "registry.example.com/{/project/path_with_namespace}" }
  - { name: d, plans: [demo/*], signature: { header: authorization, ${OWN} }, read: { image: /image, id: /id } }
`;
    expect((await readSenders(text)).map(({ name }) => name)).toEqual(['a', 'b', 'c', 'd']);
  });

  it.each([
    [`name: a, ${SIGNATURE}`, 'plans: is missing', 'namespace/name'],
    [`name: a, plans: [], ${SIGNATURE}`, 'plans: the list is empty', 'namespace/name'],
    [`name: a, plans: [reviews], ${SIGNATURE}`, 'plans[0]: "reviews" is not allowed here', 'namespace/name'],
    [`name: cli, plans: [a/*], ${SIGNATURE}`, 'name: "cli" is not allowed here', 'another name than cli, reconcile'],
    ['name: a, plans: [a/*]', 'one of signature, oidc and canary says how it proves itself', 'write one'],
    [`name: a, plans: [a/*], canary: true, ${SIGNATURE}`, 'one of signature, oidc and canary', 'write one'],
    ['name: a, plans: [a/*], canary: false', 'canary: false is not allowed here', 'true, or leave it out'],
    [
      `name: a, plans: [a/*], ${SIGNATURE}, read: harbour`,
      'read: "harbour" is not allowed here',
      'one of sluice, cloudevents',
    ],
    [`name: a, plans: [a/*], ${SIGNATURE}, read: { tag: /tag }`, 'read.image: is missing', 'or a preset'],
    ['name: a, plans: [a/*], signature: { preset: github, secrets: [] }', 'secrets: the list is empty', '[{ env'],
    ['name: a, plans: [a/*], signature: { preset: github, secrets: [hunter2] }', 'secrets[0]: is not a section', 'env'],
    [
      `name: a, plans: [a/*], signature: { preset: github, header: x, ${OWN} }`,
      'header: the preset github says',
      'remove',
    ],
    [`name: a, plans: [a/*], signature: { ${OWN} }`, 'header: is missing', 'or a preset'],
    [
      `name: a, plans: [a/*], signature: { header: x, id: y, signed: "{body}", ${OWN} }`,
      'id needs a header, and {id} in signed',
      'the rest proves nothing',
    ],
    [
      `name: a, plans: [a/*], signature: { header: x, signed: "{timestamp}{body}", ${OWN} }`,
      'timestamp needs a header',
      'both',
    ],
    [
      `name: a, plans: [a/*], signature: { header: x, signed: "v1", ${OWN} }`,
      'signed: the body is not signed',
      '{body}',
    ],
    [
      'name: a, plans: [a/*], oidc: { preset: github, audience: s, claims: {} }',
      'anybody who has tokens of this issuer could send',
      'repository, repository_owner',
    ],
    [
      'name: a, plans: [a/*], oidc: { preset: github, audience: s, claims: { environment: production } }',
      'anybody who has tokens',
      'repository: acme/*',
    ],
    [
      'name: a, plans: [a/*], oidc: { preset: gitlab, audience: s, claims: { project_path: "*" } }',
      'anybody who has tokens',
      'project_path',
    ],
    ['name: a, plans: [a/*], oidc: { audience: s, claims: { sub: a } }', 'issuer and keys are missing', 'or a preset'],
    [
      'name: a, plans: [a/*], oidc: { preset: gitlab, audience: s, algorithms: [HS256], claims: { project_id: "1" } }',
      '"HS256" is not allowed here',
      'RS256',
    ],
    [
      'name: a, plans: [a/*], oidc: { preset: gitlab, audience: s, algorithms: [none], claims: { project_id: "1" } }',
      '"none" is not allowed here',
      'RS256',
    ],
    [
      'name: a, plans: [a/*], oidc: { preset: gitlab, audience: s, keys: "http://keys.example.com/", claims: { project_id: "1" } }',
      'keys: "http://keys.example.com/" is not allowed here',
      'https://',
    ],
  ])('%s', async (text, ...parts) => {
    const problem = await refused(text);
    for (const part of parts) expect(problem).toContain(part);
    expect(problem).not.toContain('hunter2');
  });

  it('are as docs/use/senders.md shows them', async () => {
    const page = await readFile(new URL('../../../docs/use/senders.md', import.meta.url), 'utf8');
    const blocks = [...page.matchAll(/```yaml\n(?:[\s\S]*?senders:\n)?( {2}- name:[\s\S]*?)```/g)].map(
      ([, text]) => text ?? '',
    );
    const names = await Promise.all(blocks.map(async (text) => (await readSenders(text)).map(({ name }) => name)));
    expect(names.flat()).toEqual(['ci', 'github', 'gitlab', 'harbor', 'events', 'builder', 'actions']);
  });

  it('have names of their own', async () => {
    const one = `  - { name: a, plans: [a/*], ${SIGNATURE} }\n`;
    await expect(readSenders(one + one)).rejects.toThrow('"a" is the name of sender 0 already');
  });
});
