/** What is wrong in files of people who stay with their controller: it says nothing, and does not what was meant. */
import type { PlanProblem } from '../../plan/index.ts';
import { formatPath } from '../../plan/problem.ts';
import { ARGO_HASH } from '../argo/workload.ts';
import type { ImportCase, ImportRefusal } from '../shared/case.ts';
import type { Field } from '../shared/field.ts';
import { type ImportRow, nameOf } from '../shared/ledger.ts';
import { isTree, type LooseTree } from '../shared/tree.ts';
import { ignoredFields } from './known-fields.ts';

/** Mistakes of one Canary or Rollout, those that its import met among them. */
export function mistakesOf(
  one: ImportCase,
  { rows, refusals }: { rows: ImportRow[]; refusals: ImportRefusal[] },
): PlanProblem[] {
  const met = rows.flatMap(({ file, line, column, path, note, remedy }) =>
    remedy === undefined ? [] : [{ file, line, column, path, message: note, remedy }],
  );
  const rejected = refusals
    .filter(({ rejected }) => rejected)
    .map(({ file, line, column, path, message, remedy }) => ({ file, line, column, path, message, remedy }));
  return [...met, ...rejected, ...ignored(one), ...lost(one), ...scaledTwice(one)];
}

function problem({ object, path }: Field, message: string, remedy: string): PlanProblem {
  return { file: object.file, ...object.placeOf(path), path: formatPath(path), message, remedy };
}

function ignored({ source, all }: ImportCase): PlanProblem[] {
  const beside = ['MetricTemplate', 'AnalysisTemplate', 'ClusterAnalysisTemplate'].flatMap(all);
  return [source, ...beside]
    .flatMap(ignoredFields)
    .map(({ field, remedy }) => problem(field, 'the controller does not know this field, and ignores it', remedy));
}

/** Services of the Rollout or Canary that no pod of it answers. */
function lost(one: ImportCase): PlanProblem[] {
  const labels = podLabels(one);
  if (labels === undefined) return [];
  const keys = Object.keys(labels);
  const named = JSON.stringify(one.source.at('spec', 'strategy').tree);
  return one.all('Service').flatMap((service) => {
    const selector = service.at('spec', 'selector');
    const wanted = Object.entries(selector.tree).filter(([key]) => key !== ARGO_HASH);
    const strange = wanted.filter(([key, value]) => labels[key] !== value);
    const isOurs = named.includes(`Service":"${service.object.name}"`) || strange.length < wanted.length;
    if (!isOurs || strange.length === 0) return [];
    const text = strange.map(([key, value]) => `${key}=${value}`).join(', ');
    return [
      problem(
        selector,
        `no pod of ${one.name} has ${text}, so nobody answers`,
        `select by ${keys.join(', ')} as the pod template has them`,
      ),
    ];
  });
}

function podLabels({ source, find }: ImportCase): LooseTree | undefined {
  const spec = source.at('spec');
  const name = spec.at('targetRef', 'name').text ?? spec.at('workloadRef', 'name').text;
  const template = spec.at('template').exists ? spec.at('template') : find('Deployment', name)?.at('spec', 'template');
  const labels = template?.at('metadata', 'labels').value;
  return isTree(labels) ? labels : undefined;
}

const SCALERS = ['HorizontalPodAutoscaler', 'ScaledObject'];

function scaledTwice(one: ImportCase): PlanProblem[] {
  const spec = one.source.at('spec');
  const targets = [one.name, spec.at('targetRef', 'name').text, spec.at('workloadRef', 'name').text];
  const scalers = SCALERS.flatMap((kind) => one.all(kind)).filter((scaler) =>
    targets.includes(scaler.at('spec', 'scaleTargetRef', 'name').text),
  );
  const [first, ...others] = scalers;
  return others.map((scaler) =>
    problem(
      scaler.at('spec', 'scaleTargetRef'),
      `${first && nameOf(first.object)} scales the same pods, so the two fight`,
      'keep one of them',
    ),
  );
}
