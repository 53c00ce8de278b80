import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { findMistakes, type Imported, type ImportRow, importObjects, readObjects } from '../../src/importing/index.ts';
import { loadPlanText } from '../../src/plan/index.ts';
import { compareOne, EXPECTED, tableOf } from '../support/import/compare.ts';

const options = { namespace: 'default' };
const textOf = (file: string) => readFileSync(`test/support/import/manifests/${file}`, 'utf8');
const objectsOf = (text: string) => readObjects(text, 'source.yaml').objects;
const compared = EXPECTED.map((entry) => compareOne(entry));

describe('forty Canaries and Rollouts', () => {
  it('become what was written down of them by hand', () => {
    const wrong = compared.flatMap((one) => one.wrong.map((fault) => `${one.id}: ${fault}`));
    expect(wrong, tableOf(compared)).toEqual([]);
  });

  it.each(compared.filter(({ imported }) => imported.plan).map((one) => [one.id, one] as const))(
    '%s: the plan passes the check of plans',
    (_, { imported }) => {
      const result = loadPlanText(stringify(imported.plan), 'plan.yaml');
      expect('problems' in result ? result.problems : []).toEqual([]);
    },
  );

  it('are counted', () => {
    const count = (outcome: string) => compared.filter((one) => one.outcome === outcome).length;
    expect(count('refused'), tableOf(compared)).toBe(5);
    expect(count('expressible'), tableOf(compared)).toBe(35);
  });
});

type Path = (string | number)[];

/** Written here once more, on purpose: the importer's own walker is what is looked at. */
function leaves(value: unknown, path: Path = []): Path[] {
  if (Array.isArray(value) && !value.some((part) => typeof part === 'object' && part !== null)) return [path];
  if (typeof value !== 'object' || value === null || Object.keys(value).length === 0) return [path];
  return Object.entries(value).flatMap(([key, part]) =>
    leaves(part, [...path, Array.isArray(value) ? Number(key) : key]),
  );
}

const shown = (path: Path) =>
  path.reduce<string>((text, key) => {
    if (typeof key === 'number') return `${text}[${key}]`;
    if (!/^[A-Za-z_][\w-]*$/.test(key)) return `${text}[${JSON.stringify(key)}]`;
    return text ? `${text}.${key}` : key;
  }, '');
const rowsOf = (rows: readonly ImportRow[], kind: string, path: Path) => {
  const places = path.map((_, index) => shown(path.slice(0, index + 1)));
  return rows.filter((row) => row.object.startsWith(`${kind} `) && places.includes(row.path));
};
const IDENTITY = [/^apiVersion$/, /^kind$/, /^metadata\.name(space)?$/, /^status/];

describe('no field is dropped in silence', () => {
  it.each(EXPECTED.map(({ id, file }) => [id, file] as const))(
    '%s: every field of the source has a line',
    (_, file) => {
      const objects = objectsOf(textOf(file));
      const source = objects.find(({ kind }) => ['Canary', 'Rollout'].includes(kind));
      const [imported] = importObjects(objects, options);
      const without = leaves(source?.value)
        .map((path) => ({ path, text: shown(path) }))
        .filter(({ text }) => !IDENTITY.some((one) => one.test(text)))
        .filter(({ path }) => rowsOf(imported?.rows ?? [], source?.kind ?? '', path).length === 0);
      expect(without.map(({ text }) => text)).toEqual([]);
    },
  );

  it('a field that nobody knows is lost', () => {
    const text = textOf('F1.yaml').replace('    threshold: 5\n', '    threshold: 5\n    newField: { inside: 1 }\n');
    const [imported] = importObjects(objectsOf(text), options);
    const row = imported?.rows.find(({ path }) => path === 'spec.analysis.newField.inside');
    expect(row).toMatchObject({ result: 'lost', line: 19 });
  });
});

/** Says what it is, comes to the same by another value, or is what the plan does anyway. */
const TAKEN = [
  /maxWeight$/,
  /targetRef\.(apiVersion|kind)$/,
  /autoscalerRef\.(apiVersion|kind|name)$/,
  /provider\.type$/,
  /templateRef\.namespace$/,
  /clusterScope$/,
  /autoPromotion(Enabled|Seconds)$/,
  /skipAnalysis$/,
  /pause$/,
  /failureCondition$/,
  /plugins\["argoproj-labs\/gatewayAPI"\]\.namespace$/,
  /pathType$/,
  /replicas$/,
];

function changed(value: unknown, path: Path): unknown {
  const [key, ...rest] = path;
  if (key === undefined) {
    if (typeof value === 'number') return value - 1;
    if (typeof value === 'boolean') return !value;
    return Array.isArray(value) ? [...value, 'another'] : `x${value}`;
  }
  if (Array.isArray(value)) return value.map((part, index) => (index === key ? changed(part, rest) : part));
  const section = value as { [key: string]: unknown };
  return { ...section, [key]: changed(section[key], rest) };
}

describe('what is called kept', () => {
  it.each(EXPECTED.map(({ id, file }) => [id, file] as const))(
    '%s: is in the result, so another value makes another result',
    (_, file) => {
      const objects = objectsOf(textOf(file));
      const [before] = importObjects(objects, options) as [Imported];
      const result = ([one]: ReturnType<typeof importObjects>, kind: string, path: Path) =>
        JSON.stringify([
          one?.plan,
          one?.companions,
          one?.refusals.map(({ message }) => message),
          rowsOf(one?.rows ?? [], kind, path),
        ]);
      const idle = objects.flatMap((object, index) =>
        leaves(object.value)
          .filter((path) => !TAKEN.some((one) => one.test(shown(path))))
          .filter((path) =>
            rowsOf(before.rows ?? [], object.kind, path).some(
              (row) => row.result === 'kept' && row.object.endsWith(object.name),
            ),
          )
          .filter((path) => {
            const other = objects.with(index, { ...object, value: changed(object.value, path) as typeof object.value });
            return result(importObjects(other, options), object.kind, path) === result([before], object.kind, path);
          })
          .map((path) => `${object.kind} ${shown(path)}`),
      );
      expect(before.refusals.length ? [] : idle).toEqual([]);
    },
  );
});

describe('a source that is written wrongly', () => {
  const JUNK = [null, {}, [], 'x y', -1, true, { a: [{ b: 1 }] }, [[1]]];

  it.each(EXPECTED.map(({ id, file }) => [id, file] as const))(
    '%s: is refused or imported, and every field of it has a line',
    (_, file) => {
      const objects = objectsOf(textOf(file));
      for (const [index, object] of objects.entries())
        for (const [turn, path] of leaves(object.value).entries()) {
          const value = placed(object.value, path, JUNK[(turn + index) % JUNK.length]) as typeof object.value;
          const others = objects.with(index, { ...object, value });
          const [one] = importObjects(others, options);
          findMistakes(others, options);
          expect(one?.plan !== undefined || (one?.refusals.length ?? 0) > 0, shown(path)).toBe(true);
          if (object.kind !== 'Canary' && object.kind !== 'Rollout') continue;
          const silent = leaves(value).filter(
            (leaf) =>
              !IDENTITY.some((identity) => identity.test(shown(leaf))) &&
              rowsOf(one?.rows ?? [], object.kind, leaf).length === 0,
          );
          expect(silent.map(shown), `${shown(path)} = ${JSON.stringify(value)}`).toEqual([]);
        }
    },
  );
});

function placed(value: unknown, [key, ...rest]: Path, junk: unknown): unknown {
  if (key === undefined) return junk;
  if (Array.isArray(value)) return value.map((part, index) => (index === key ? placed(part, rest, junk) : part));
  const section = value as { [key: string]: unknown };
  return { ...section, [key]: placed(section[key], rest, junk) };
}

describe('mistakes', () => {
  const mistakes = (file: string) =>
    findMistakes(objectsOf(textOf(file)), options).map(({ line, path, message }) => `${line} ${path}: ${message}`);

  it.each([
    ['A3.yaml', /autoPromotionEnabled: the controller does not know this field/],
    ['A9.yaml', /nginx\.stableService: the controller does not know this field/],
    ['A9.yaml', /compares a list with a number/],
    ['A9.yaml', /no pod of jar-app has version=new/],
    ['A7.yaml', /fails for every number that is not negative/],
    ['A13.yaml', /a Service "canary" that does not exist/],
    ['F3.yaml', /selects the pods of the primary/],
    ['F7.yaml', /leads to relay past the weights/],
    ['F9.yaml', /envoy-slow: no label of its query tells the canary/],
    ['F11.yaml', /always-good: its query is a constant/],
    ['F23.yaml', /first-page: it asks shopfront\.emporium, which is the primary/],
    ['F29.yaml', /nothing adds its series up/],
    ['F37.yaml', /names no namespace, so nobody was asked/],
    ['F39.yaml', /has neither template nor query/],
  ])('of %s: %s', (file, message) => {
    expect(mistakes(file)).toContainEqual(expect.stringMatching(message));
  });

  it('are not seen where there are none', () => {
    for (const file of ['F15.yaml', 'F25.yaml', 'A1.yaml', 'A31.yaml']) expect(mistakes(file), file).toEqual([]);
  });

  it('two autoscalers of the same pods', () => {
    const second = textOf('F35.yaml')
      .split('---')
      .find((part) => part.includes('minReplicas'));
    const text = `${textOf('F35.yaml')}---${second?.replace('name: cockpit\n  namespace', 'name: second\n  namespace')}`;
    const found = findMistakes(objectsOf(text), options);
    expect(found).toContainEqual(
      expect.objectContaining({
        path: 'spec.scaleTargetRef',
        message: expect.stringContaining('scales the same pods'),
      }),
    );
  });
});
