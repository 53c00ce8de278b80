/** Documents do not go stale: what they link to, and the files and names they speak of, are there. */
import { posix } from 'node:path';
import { describe, expect, test } from 'vitest';
import { anchorsIn, linksIn, namesIn, pathsIn, type Wanted } from './markdown.ts';
import { isThere, texts } from './repository.ts';

const documents = texts('.md');
const anchors = new Map(documents.map(({ file, text }) => [file, anchorsIn(text)]));
/** The changelog speaks of the past. */
const current = documents.filter(({ file }) => /^docs\/|^[^/]+$/.test(file) && file !== 'CHANGELOG.md');
const sources = new Map(texts('.ts').map(({ file, text }) => [file, text]));

test('every relative link leads to a file, and its anchor is there', () => {
  expect(documents.flatMap(({ text }) => linksIn(text)).length).toBeGreaterThan(50);
  expect(documents.flatMap(({ file, text }) => linksIn(text).flatMap((link) => broken(file, link)))).toEqual([]);
});

test('every file that a document names in backticks is there', () => {
  expect(current.flatMap(({ text }) => pathsIn(text)).length).toBeGreaterThan(50);
  const missing = current.flatMap(({ file, text }) =>
    pathsIn(text).flatMap(({ target, line }) => (isThere(target) ? [] : [`${file}:${line}: ${target}`])),
  );
  expect(missing).toEqual([]);
});

test('every name that a document says is in a file is in it', () => {
  const missing = current.flatMap(({ file, text }) =>
    namesIn(text).flatMap(({ name, target, line }) =>
      new RegExp(`\\b${name}\\b`).test(sources.get(target) ?? '') ? [] : [`${file}:${line}: ${name} in ${target}`],
    ),
  );
  expect(missing).toEqual([]);
});

test('the picture for dark pages is the other one in other colours', () => {
  const [light, dark] = ['overview', 'overview-dark'].map((name) =>
    texts('.svg')
      .find(({ file }) => file === `docs/architecture/${name}.svg`)
      ?.text.split(/<style>|<\/style>/),
  );
  expect(light).toHaveLength(3);
  expect([dark?.[0], dark?.[2]]).toEqual([light?.[0], light?.[2]]);
});

/** @returns what is wrong, as `file:line: target` */
function broken(file: string, { target, line }: Wanted): string[] {
  if (/^[a-z][a-z0-9+.-]*:/i.test(target)) return [];
  const [path = '', anchor] = decodeURI(target).split('#');
  const from = path.startsWith('/') ? '' : posix.dirname(file);
  const found = path === '' ? file : posix.join(from, path);
  const known = anchors.get(found);
  const good = isThere(found) && (!anchor || !known || known.has(anchor));
  return good ? [] : [`${file}:${line}: ${target}`];
}

describe('Markdown', () => {
  test('links are found with their lines, but not in code', () => {
    const text =
      '[a](b.md#c "t") `[x](y)`\n```\n[x](y)\n```\n![p](p.svg)\n[r]: q.md\n<img src="i.svg"> <!-- [x](y) -->';
    expect(linksIn(text).map(({ target, line }) => `${line} ${target}`)).toEqual([
      ...['1 b.md#c', '5 p.svg', '6 q.md', '7 i.svg'],
    ]);
  });

  test('anchors are those that GitHub makes of headings, and ids written out', () => {
    const text = '# `src/a.ts`: the *first*, [b](c)\n## Twice\n## Twice\n<a id="i8"></a>\n```\n# none\n```';
    expect([...anchorsIn(text)].sort()).toEqual(['i8', 'srcats-the-first-b', 'twice', 'twice-1']);
  });

  test('of a pattern its folder is wanted', () => {
    const paths = pathsIn('`src/a.ts` `src/<name>/index.ts` `test/b/*.ts` `src is none` `npm run x`');
    expect(paths.map(({ target }) => target)).toEqual(['src/a.ts', 'src', 'test/b']);
    expect(namesIn('`deliver` in `src/a.ts`')).toEqual([{ name: 'deliver', target: 'src/a.ts', line: 1 }]);
  });

  test('a broken link, path or anchor is told with its place', () => {
    expect(broken('docs/x.md', { target: 'nowhere.md', line: 3 })).toEqual(['docs/x.md:3: nowhere.md']);
    expect(broken('README.md', { target: 'README.md#nowhere', line: 1 })).toHaveLength(1);
    expect(broken('README.md', { target: 'https://nowhere.example', line: 1 })).toEqual([]);
  });
});
