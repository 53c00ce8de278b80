/** What docs/architecture/security.md says is held: its checklist names files and tests that are there, its connections are all of them. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { inBackticks, isTitle } from './mission.ts';
import { isThere, texts } from './repository.ts';

const text = readFileSync('docs/architecture/security.md', 'utf8');

/** Cells of the rows of a table whose first one begins so. */
function rows(part: string, first: RegExp): string[][] {
  const [, section = ''] = text.split(`\n## ${part}\n`);
  const lines = section.split('\n## ')[0]?.split('\n') ?? [];
  return lines
    .map((line) => line.split(' | ').map((cell) => cell.replace(/^\| | \|$/g, '')))
    .filter(([cell = '']) => first.test(cell));
}

test('each of the twenty-five rules says where it is met, or what is not, and the tests that hold it are there', () => {
  const all = rows('The checklist', /^(?!rule|---)./).filter(({ length }) => length > 1);
  const rules = all.filter(([rule = '']) => /^S\d+ /.test(rule));
  expect(rules.map(([rule = '']) => rule.split(' ')[0])).toEqual(
    Array.from({ length: 25 }, (_, index) => `S${index + 1}`),
  );
  const wrong = all.flatMap(([rule = '', where = '', heldBy = '', met = '']) => {
    const titles = [...heldBy.matchAll(/“(.+?)”/g)].map(([, title = '']) => title);
    const gone = [...inBackticks(where).filter((file) => !isThere(file)), ...titles.filter((title) => !isTitle(title))];
    const isSaid = titles.length > 0 && inBackticks(where).length > 0 && /^(?:✔|in part: \S|not met: \S)/.test(met);
    return isSaid ? gone.map((one) => `${rule}: ${one}`) : [`${rule}: nothing is said`];
  });
  expect(wrong).toEqual([]);
});

const CLIENTS =
  'undici|nodemailer|autocannon|openid-client|@slack/web-api|@slack/socket-mode|node:(?:http|https|http2|net|tls|dgram)';
const IMPORT = new RegExp(`^import (?!type )([^;]*?) from '(?:${CLIENTS})'`, 'gm');
const CALL = /(?<![.\w])fetch\((?!request)|createRemoteJWKSet\(|Connection\.(?:connect|lazy)\(|new WebSocket\(/;
/** What opens nothing. */
const HARMLESS = ['isIP', 'BlockList', 'createSecureContext'];

function opens(source: string): boolean {
  const names = [...source.matchAll(IMPORT)].flatMap(([, what = '']) => what.replace(/[{}\s]/g, ' ').split(','));
  const used = names.map((name) => name.trim()).filter((name) => name !== '' && !name.startsWith('type '));
  return CALL.test(source) || used.some((name) => !HARMLESS.includes(name));
}

test('every file that opens connections is in the table, and no other', () => {
  const named = rows('Connections that Sluice opens', /^`(?:src|extras)\//).flatMap(([where = '']) =>
    inBackticks(where),
  );
  const found = texts('.ts').filter(({ file, text }) => /^(?:src|extras\/[^/]+\/src)\//.test(file) && opens(text));
  const isNamed = (file: string) => named.some((one) => file === one || file.startsWith(`${one}/`));
  expect(found.map(({ file }) => file).filter((file) => !isNamed(file))).toEqual([]);
  expect(named.filter((one) => !found.some(({ file }) => file === one || file.startsWith(`${one}/`)))).toEqual([]);
  expect(found.length).toBeGreaterThan(15);
});

test.each([
  ["import { request } from 'undici';", true],
  ["import { type Dispatcher } from 'undici';", false],
  ["import type { Socket } from 'node:net';", false],
  ["import { BlockList, isIP } from 'node:net';", false],
  ["import { connect, isIP } from 'node:net';", true],
  ['const answer = await fetch(url);', true],
  ['return app.fetch(request);', false],
])('%s opens connections: %s', (source, is) => expect(opens(source)).toBe(is));
