import { describe, expect, it } from 'vitest';
import { canonicalJson } from '../../../../src/contract/canonical-json.ts';
import { configHash } from '../../../../src/kubernetes/objects/config.ts';
import {
  type PodTemplate,
  revisionTemplate,
  selects,
  withIdentity,
} from '../../../../src/kubernetes/objects/pod-template.ts';
import { newTemplate, revisionIdOf } from '../../../../src/kubernetes/objects/revisions.ts';

const KEYS = ['app', 'version'];

function template(version: string, extra: Partial<PodTemplate['spec']> = {}): PodTemplate {
  const labelSelector = {
    matchLabels: { version },
    matchExpressions: [{ key: 'version', operator: 'In', values: [version] }],
  };
  return {
    metadata: { labels: { app: 'reviews', version, team: 'books' }, annotations: { note: 'x' } },
    spec: {
      containers: [{ name: 'reviews', image: 'reviews:v1' }],
      affinity: {
        podAntiAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: [{ labelSelector, topologyKey: 'zone' }],
          preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 1, podAffinityTerm: { labelSelector } }],
        },
        podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ labelSelector }] },
      },
      topologySpreadConstraints: [{ labelSelector, maxSkew: 1 }],
      ...extra,
    },
  };
}

describe('a template under another identity', () => {
  it('names its own kind of pods everywhere', () => {
    expect(withIdentity(template('v1'), { version: 'v2' })).toEqual(template('v2'));
  });

  it('leaves selectors of other pods alone, and names nobody twice', () => {
    const matchExpressions = [
      { key: 'version', operator: 'In', values: ['v1', 'v2'] },
      { key: 'app', operator: 'NotIn', values: ['ratings'] },
    ];
    const spread = (values: string[]) => [
      { labelSelector: { matchExpressions: [{ ...matchExpressions[0], values }, matchExpressions[1]] } },
    ];
    const topologySpreadConstraints = [{ labelSelector: { matchExpressions } }];
    const renamed = withIdentity(template('v1', { topologySpreadConstraints }), { version: 'v2' });
    expect(renamed.spec.topologySpreadConstraints).toEqual(spread(['v2']));
  });
});

describe('a revision', () => {
  it('is the same on primary and canary', () => {
    const canary = withIdentity(template('v1'), { version: 'v2' });
    expect(revisionIdOf(canary, KEYS)).toBe(revisionIdOf(template('v1'), KEYS));
  });

  it('does not see identity labels, our note, or what the server adds to metadata', () => {
    const plain = revisionTemplate(template('v1'), KEYS);
    const { metadata, spec } = template('v9');
    const noted = { ...metadata, annotations: { note: 'x', 'sluice.dev/config': 'abc' }, creationTimestamp: null };
    expect(canonicalJson(revisionTemplate({ metadata: noted, spec }, KEYS))).toBe(canonicalJson(plain));
    expect(plain.metadata).toEqual({ labels: { team: 'books' }, annotations: { note: 'x' } });
  });

  it.each<[string, PodTemplate]>([
    [
      'a label',
      { ...template('v1'), metadata: { labels: { app: 'reviews', team: 'films' }, annotations: { note: 'x' } } },
    ],
    ['an annotation', { ...template('v1'), metadata: { ...template('v1').metadata, annotations: { note: 'y' } } }],
    ['a field of the spec', template('v1', { priorityClassName: 'high' })],
    ['an image', newTemplate(template('v1'), ['reviews'], 'reviews:v2', [])],
    [
      'the configuration',
      newTemplate(template('v1'), ['reviews'], undefined, [{ kind: 'Secret', name: 'a', hash: '1' }]),
    ],
  ])('is another with another %s', (_, changed) => {
    expect(revisionIdOf(changed, KEYS)).not.toBe(revisionIdOf(template('v1'), KEYS));
  });

  it('notes the hash of its configuration, whatever the order of keys', () => {
    const made = newTemplate(template('v1'), ['reviews'], undefined, [{ kind: 'Secret', name: 'a', hash: '1' }]);
    expect(made.metadata?.annotations).toEqual({
      note: 'x',
      'sluice.dev/config': configHash([{ hash: '1', name: 'a', kind: 'Secret' }]),
    });
  });
});

describe('a label selector', () => {
  it.each([
    [{}, true],
    [{ matchLabels: { app: 'x' } }, true],
    [{ matchLabels: { app: 'y' } }, false],
    [{ matchExpressions: [{ key: 'app', operator: 'In', values: ['x', 'y'] }] }, true],
    [{ matchExpressions: [{ key: 'app', operator: 'NotIn', values: ['x'] }] }, false],
    [{ matchExpressions: [{ key: 'none', operator: 'NotIn', values: ['x'] }] }, true],
    [{ matchExpressions: [{ key: 'none', operator: 'Exists' }] }, false],
    [{ matchExpressions: [{ key: 'none', operator: 'DoesNotExist' }] }, true],
    [{ matchExpressions: [{ key: 'app', operator: 'Almost' }] }, false],
  ])('%j matches app=x: %s', (selector, matches) => {
    expect(selects(selector, { app: 'x' })).toBe(matches);
  });
});
