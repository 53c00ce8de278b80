import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { loadMirrorText, readMirrorValue } from '../../../../src/plan/schema/mirror.ts';

const DOCUMENT = `apiVersion: sluice.dev/v1alpha1
kind: MirrorPlan
metadata: { name: watch, namespace: weather }
spec:
  route: { kind: VirtualService, name: forecast-route }
  from: { host: forecast, subset: v2 }
  to: { host: forecast, subset: v1 }
  duration: 1m30s
  prometheus: http://127.0.0.1:9090
`;

const load = (text: string) => loadMirrorText(text, 'mirror.yaml', 'local');

function problems(...edits: [string, string][]): string[] {
  const text = edits.reduce((all, [from, to]) => all.replace(from, to), DOCUMENT);
  const loaded = load(text);
  return 'problems' in loaded ? loaded.problems.map(({ line, path, message }) => `${line} ${path}: ${message}`) : [];
}

describe('a mirror in a file', () => {
  it('gets every default', () => {
    expect(load(DOCUMENT)).toEqual({
      spec: {
        name: 'watch',
        namespace: 'weather',
        cluster: 'local',
        route: { kind: 'VirtualService', name: 'forecast-route', namespace: 'weather' },
        from: { host: 'forecast', subset: 'v2' },
        to: { host: 'forecast', subset: 'v1' },
        percent: 100,
        durationMs: 90_000,
        unsafeMethods: false,
        prometheus: 'http://127.0.0.1:9090',
      },
    });
  });

  it.each(['forecast', 'httpbin'])('the one of the example %s is sound', (example) => {
    const file = new URL(`../../../../examples/${example}/mirror.yaml`, import.meta.url);
    expect(load(readFileSync(file, 'utf8'))).toHaveProperty('spec');
  });

  it.each<[string, [string, string][]]>([
    ['2 kind: "RolloutPlan" is not allowed here', [['MirrorPlan', 'RolloutPlan']]],
    ['3 metadata.name: "Watch!" is not allowed here', [['name: watch', 'name: "Watch!"']]],
    ['7 spec.to: this is the destination that is mirrored', [['subset: v1', 'subset: v2']]],
    ['8 spec.percent: 0 is not allowed here', [['duration: 1m30s', 'percent: 0']]],
    ['8 spec.duration: "soon" is not allowed here', [['1m30s', 'soon']]],
    ['8 spec.match.methods: POST may change something', [['duration: 1m30s', 'match: { methods: [GET, POST] }']]],
    ['8 spec.until: unknown key', [['duration: 1m30s', 'until: tomorrow']]],
    ['9 spec.prometheus: "ftp:" is not a web address', [['http:', 'ftp:']]],
  ])('is told with its line: %s', (words, edits) => {
    expect(problems(...edits)).toContain(words);
  });

  it('copies unsafe methods when it says so', () => {
    const text = DOCUMENT.replace('duration: 1m30s', 'unsafeMethods: true\n  match: { methods: [POST] }');
    expect(load(text)).toMatchObject({ spec: { unsafeMethods: true, match: { methods: ['POST'] } } });
  });
});

it('values without a file are checked the same way', () => {
  const read = readMirrorValue({ metadata: { name: 'watch' }, spec: { percent: 200 } }, 'local');
  const paths = 'problems' in read ? read.problems.map(({ path }) => path) : [];
  expect(paths).toEqual(expect.arrayContaining(['spec.route', 'spec.from', 'spec.to', 'spec.percent']));
});
