/** Imports what other controllers deliver by: Canaries of Flagger and Rollouts of Argo, with the objects beside them. Pure. */
import { stringify } from 'yaml';
import { loadPlanText, type PlanProblem } from '../plan/index.ts';
import { byPlace } from '../plan/problem.ts';
import { importRollout } from './argo/rollout.ts';
import { importCanary } from './flagger/canary.ts';
import { mistakesOf } from './mistakes/index.ts';
import { createCase, type ImportCase, type ImportOptions, type ImportRefusal } from './shared/case.ts';
import { createLedger, type ImportRow, nameOf } from './shared/ledger.ts';
import type { SourceObject } from './shared/objects.ts';
import { type LooseTree, tidy } from './shared/tree.ts';

export { ARGO_HASH, ARM } from './argo/workload.ts';
export { ownAnnotations } from './shared/annotations.ts';
export type { ImportRow } from './shared/ledger.ts';
export { readObjects, type SourceObject } from './shared/objects.ts';

export interface Imported {
  /** `Canary retail/menu` */
  source: string;
  file: string;
  name: string;
  /** The document, which passes the check of plans; absent when something refuses. */
  plan?: LooseTree;
  /** Objects that the plan needs beside it. */
  companions: LooseTree[];
  /** What became of every field of the source, and of those beside it that the plan replaces. */
  rows: ImportRow[];
  refusals: ImportRefusal[];
}

const IMPORTERS: Record<string, { group: string; read: (one: ImportCase) => LooseTree }> = {
  Canary: { group: 'flagger.app/', read: importCanary },
  Rollout: { group: 'argoproj.io/', read: importRollout },
};

/** Everything that can be imported, each by itself, in the order of the files. */
export function importObjects(objects: readonly SourceObject[], options: ImportOptions): Imported[] {
  return importAll(objects, options).map(({ imported }) => imported);
}

function importAll(objects: readonly SourceObject[], options: ImportOptions): Made[] {
  return objects.flatMap((object) => {
    const importer = Object.hasOwn(IMPORTERS, object.kind) ? IMPORTERS[object.kind] : undefined;
    return importer && object.apiVersion.startsWith(importer.group)
      ? [importOne(object, { objects, options, read: importer.read })]
      : [];
  });
}

/** Mistakes of every Canary and Rollout, for people who stay with their controller; in the order of lines. */
export function findMistakes(objects: readonly SourceObject[], options: ImportOptions): PlanProblem[] {
  const all = importAll(objects, options).flatMap(({ one, imported }) => mistakesOf(one, imported));
  const unique = new Map(all.map((each) => [JSON.stringify(each), each]));
  return [...unique.values()].sort((a, b) => (a.file === b.file ? byPlace(a, b) : 0));
}

interface Made {
  one: ImportCase;
  imported: Imported;
}

interface Surroundings {
  objects: readonly SourceObject[];
  options: ImportOptions;
  read: (one: ImportCase) => LooseTree;
}

function importOne(source: SourceObject, { objects, options, read }: Surroundings): Made {
  const ledger = createLedger(objects);
  const one = createCase(source, { objects, ledger, options });
  const spec = tidy(read(one));
  const plan = {
    apiVersion: 'sluice.dev/v1alpha1',
    kind: 'RolloutPlan',
    metadata: { name: one.name, namespace: one.namespace },
    spec,
  };
  const refusals = [...one.refusals, ...(one.refusals.length > 0 ? [] : planProblems(one, plan))];
  const companions = refusals.length > 0 ? [] : one.companions.map((companion) => tidy(companion));
  const imported = {
    source: nameOf(source),
    file: source.file,
    name: one.name,
    ...(refusals.length === 0 && { plan }),
    companions,
    rows: ledger.rows(),
    refusals,
  };
  return { one, imported };
}

/** Nothing is written that `plan check` would not take. */
function planProblems({ source }: ImportCase, plan: LooseTree): ImportRefusal[] {
  const result = loadPlanText(stringify(plan, { aliasDuplicateObjects: false }), 'plan');
  const problems = 'problems' in result ? result.problems : [];
  const { object } = source;
  return problems.map(({ path, message, remedy }) => ({
    object: nameOf(object),
    file: object.file,
    ...object.placeOf([]),
    path: '',
    message: `the plan would not be sound: ${path}: ${message}`,
    remedy,
  }));
}
