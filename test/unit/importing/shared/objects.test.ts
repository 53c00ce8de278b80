import { describe, expect, it } from 'vitest';
import { readObjects } from '../../../../src/importing/shared/objects.ts';

const read = (text: string) => readObjects(text, 'a.yaml');

describe('objects of files', () => {
  it('come with the place of every field, from documents, lists and flow style', () => {
    const { objects } = read(
      [
        'kind: A',
        'apiVersion: v1',
        'metadata: { name: one }',
        '---',
        'kind: List',
        'apiVersion: v1',
        'items:',
        '  - apiVersion: v1',
        '    kind: B',
        '    metadata:',
        '      name: two',
        '      namespace: n',
      ].join('\n'),
    );
    expect(objects.map(({ kind, name, namespace }) => [kind, name, namespace])).toEqual([
      ['A', 'one', undefined],
      ['B', 'two', 'n'],
    ]);
    expect(objects[0]?.placeOf(['metadata', 'name'])).toEqual({ line: 3, column: 13 });
    expect(objects[1]?.placeOf(['metadata', 'namespace'])).toEqual({ line: 12, column: 7 });
    expect(objects[1]?.placeOf(['metadata', 'missing', 'deep'])).toEqual({ line: 10, column: 5 });
  });

  it('are none in empty text and comments', () => {
    expect(read('')).toEqual({ objects: [], problems: [] });
    expect(read('# nothing\n---\n')).toEqual({ objects: [], problems: [] });
  });

  it.each([
    ['a: 1', 'this is no Kubernetes object'],
    ['name: {{ .Values.name }}\nkind: {{ x }}', 'here is a template'],
    ['{{- if .Values.on }}\nkind: A', 'here is a template'],
    ['a: 1\na: 2', 'not readable as YAML'],
    [
      `a: &a [x, x]\nb: &b [${'*a, '.repeat(9)}]\nc: &c [${'*b, '.repeat(9)}]\nd: [${'*c, '.repeat(9)}]`,
      'too many aliases',
    ],
  ])('bad input is a problem with its place: %s', (text, message) => {
    const { objects, problems } = read(text);
    expect(objects).toEqual([]);
    expect(problems[0]).toMatchObject({
      file: 'a.yaml',
      message: expect.stringContaining(message),
      line: expect.any(Number),
    });
  });

  it('anchors and merge keys are written out', () => {
    const { objects } = read(
      'kind: A\napiVersion: v1\nmetadata: { name: one, labels: &l { a: b } }\nspec: { <<: *l, c: d }',
    );
    expect(objects[0]?.value.spec).toEqual({ a: 'b', c: 'd' });
  });
});
