import { expect, it } from 'vitest';
import { decodeAttribute, readCloudEvent } from '../../../src/intake/cloud-event.ts';

const ATTRIBUTES = { 'ce-specversion': '1.0', 'ce-id': '1', 'ce-source': '/a', 'ce-type': 't' };

function read(headers: Record<string, string>, value: unknown = {}) {
  const all = new Headers(headers);
  return readCloudEvent((name) => all.get(name), value);
}

it.each([
  ['Euro%20%E2%82%AC%20%F0%9F%98%80', 'Euro € 😀'],
  ['Euro%20%e2%82%ac%20%f0%9f%98%80', 'Euro € 😀'],
  ['"Euro \\"%E2%82%AC\\""', 'Euro "€"'],
  ['plain', 'plain'],
  ['%C0%A0', undefined],
  ['%E2%82', undefined],
  ['100%', undefined],
])('V12: %s is %s', (text, expected) => expect(decodeAttribute(text)).toBe(expected));

it.each([
  [
    'binary',
    { ...ATTRIBUTES, 'ce-subject': 'a%20b' },
    { x: 1 },
    { event: { id: '1', subject: 'a b', data: { x: 1 } }, mode: 'binary' },
  ],
  [
    'structured',
    { 'content-type': 'application/cloudevents+json; charset=utf-8' },
    { specversion: '1.0', id: '1', source: 'a', type: 't', data: 1 },
    { event: { data: 1 }, mode: 'structured' },
  ],
  [
    'structured, base64',
    { 'content-type': 'application/cloudevents+json' },
    { specversion: '1.0', id: '1', source: 'a', type: 't', data_base64: 'eyJ4IjoxfQ==' },
    { event: { data: { x: 1 } } },
  ],
  ['no CloudEvent', { 'content-type': 'application/json' }, {}, undefined],
  ['another version', { ...ATTRIBUTES, 'ce-specversion': '0.3' }, {}, { problem: 'specversion is not 1.0' }],
  ['no id', { ...ATTRIBUTES, 'ce-id': '' }, {}, { problem: 'id missing' }],
  [
    'ce-datacontenttype',
    { ...ATTRIBUTES, 'ce-datacontenttype': 'text/plain' },
    {},
    { problem: 'ce-datacontenttype beside content-type' },
  ],
  ['no UTF-8', { ...ATTRIBUTES, 'ce-type': '%C0%A0' }, {}, { problem: 'ce-type is not percent-encoded UTF-8' }],
  ['a list', { 'content-type': 'application/cloudevents+json' }, [], { problem: 'it is no object' }],
  [
    'base64 of no JSON',
    { 'content-type': 'application/cloudevents+json' },
    { data_base64: 'AAAA' },
    { problem: 'data_base64 is no JSON' },
  ],
])('%s', (_what, headers, value, expected) => {
  if (expected === undefined) expect(read(headers, value)).toBeUndefined();
  else expect(read(headers, value)).toMatchObject(expected);
});
