import { expect, it } from 'vitest';
import { joinPages } from '../../../../lab/prometheus/exposition.ts';

const page = (pod: string, text: string | undefined) => ({ labels: { pod }, text });

it('adds the pod to every sample, with and without labels', () => {
  const text = joinPages([page('a', 'x{v="1"} 2\ny 3\nz{} 4\n')]);
  expect(text.split('\n').filter(Boolean)).toEqual([
    'up{pod="a"} 1',
    'x{pod="a",v="1"} 2',
    'y{pod="a"} 3',
    'z{pod="a"} 4',
  ]);
});

it('keeps the samples of one metric together under one comment', () => {
  const one = '# TYPE x counter\nx 1\n# TYPE y counter\ny 1\n';
  const lines = joinPages([page('a', one), page('b', one)])
    .split('\n')
    .filter(Boolean);
  expect(lines).toEqual([
    'up{pod="a"} 1',
    'up{pod="b"} 1',
    '# TYPE x counter',
    'x{pod="a"} 1',
    'x{pod="b"} 1',
    '# TYPE y counter',
    'y{pod="a"} 1',
    'y{pod="b"} 1',
  ]);
});

it('shows a pod that did not answer as down', () => {
  expect(joinPages([page('a', undefined)]).trim()).toBe('up{pod="a"} 0');
});

it('escapes label values', () => {
  expect(joinPages([page('a"\\', undefined)])).toContain('up{pod="a\\"\\\\"} 0');
});
