import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { FORMS, readInputs } from '../src/inputs.ts';

const GOOD = { SERVER: 'https://sluice.example.com/', SENDER: 'actions', IMAGE: 'ghcr.io/acme/reviews:v2' };
const read = (more: Record<string, string | undefined>) =>
  readInputs(Object.fromEntries(Object.entries({ ...GOOD, ...more }).map(([name, value]) => [`INPUT_${name}`, value])));

test('what is given, and the defaults', () => {
  expect(read({ TIMEOUT: '1h30m', PLAN: '' })).toMatchObject({
    ...{ server: 'https://sluice.example.com', sender: 'actions', audience: 'sluice', cluster: 'local' },
    ...{ intervalMs: 5_000, timeoutMs: 5_400_000, failFast: false, plan: undefined },
  });
});

test.each([
  ['SERVER', 'http://sluice.example.com', 'input server is not what it must be: write an https:// address'],
  ['SERVER', undefined, 'input server is missing: write an https:// address'],
  ['SENDER', 'a/b', 'input sender is not'],
  ['IMAGE', 'reviews', 'input image is not what it must be: write an image with a tag or digest'],
  ['IMAGE', '', 'input image is missing'],
  ['PLAN', 'reviews', 'input plan is not what it must be: write a plan as namespace/name'],
  ['INTERVAL', '100ms', 'input interval is not what it must be: write a duration from 1s to 5m'],
  ['TIMEOUT', 'soon', 'input timeout is not'],
  ['FAIL-FAST', 'yes', 'input fail-fast is not what it must be: write true or false'],
  ['DEPLOYMENT-ID', 'x', 'input deployment-id is not'],
  ['ENVIRONMENT', 'production', 'input github-token is missing'],
])('%s: %s', (name, value, said) => {
  expect(() => read({ [name]: value })).toThrow(said);
});

test('all of them at once, and no value', () => {
  expect(() => read({ SERVER: 'secret', TOKEN: 'a secret' })).toThrow(/^input server [^\n]*\ninput token [^\n]*$/);
  expect(() => read({ TOKEN: 'a secret' })).not.toThrow('a secret');
});

test('action.yml has the same inputs and defaults', () => {
  const { inputs } = parse(readFileSync(new URL('../action.yml', import.meta.url), 'utf8'));
  expect(Object.keys(inputs)).toEqual(expect.arrayContaining(Object.keys(FORMS)));
  expect(Object.keys(inputs)).toHaveLength(Object.keys(FORMS).length);
  for (const [name, { default: value = '$' }] of Object.entries<{ default?: string }>(inputs))
    if (!value.startsWith('$')) expect(read({})).toHaveProperty(name, value);
});
