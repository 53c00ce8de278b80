import type { Adoption, AdoptStep } from '../../adopting/steps.ts';
import { describeRef } from '../../kubernetes/objects/refs.ts';
import { markedLines } from './doctor.ts';
import { type TerminalLook, toLine } from './look.ts';
import { clean } from './text.ts';

/** What machines read of it. */
export function adoptionData({ plan, steps, warnings }: Adoption): object {
  return {
    plan: `${plan.namespace}/${plan.name}`,
    steps: steps.map(({ ref, object, why, done, adds, frees, restarts }) => ({
      object: describeRef(ref),
      ...(adds
        ? { adds: { path: adds.path, labels: adds.labels } }
        : frees
          ? { frees: ownerOf(frees) }
          : { makes: object }),
      ...{ why, done, restarts },
    })),
    warnings,
  };
}

/** Every step as a diff, and why. */
export async function adoptionLines({ plan, steps, warnings }: Adoption, look: TerminalLook): Promise<string[]> {
  const { stringify } = await import('yaml');
  const restarts = steps.flatMap((step) => step.restarts ?? []);
  const primary = `Deployment ${plan.namespace}/${plan.workload.primary} becomes the primary of plan ${plan.namespace}/${plan.name}`;
  return [
    toLine([['strong', primary]], look),
    ...steps.flatMap((step) => stepLines(step, look, stringify)),
    ...warnings.flatMap((warning) => markedLines('warn', '⚠', warning, look)),
    ...(restarts.length > 0
      ? restarts.flatMap((words) => markedLines('warn', '⚠', `it restarts ${words}; --restart allows that`, look))
      : markedLines('good', '✔', 'nothing restarts', look)),
  ];
}

function ownerOf({ before, index }: NonNullable<AdoptStep['frees']>) {
  return before.metadata.ownerReferences?.[index];
}

function stepLines(
  { ref, object, adds, frees, why, done }: AdoptStep,
  look: TerminalLook,
  yaml: (value: unknown) => string,
) {
  const what = `${describeRef(ref)}: ${why}`;
  if (done) return markedLines('good', '✔', `${describeRef(ref)} is so already`, look);
  const wide = { ...look, width: Number.POSITIVE_INFINITY };
  const lines = (value: unknown, sign: '+' | '-') =>
    yaml(value)
      .trimEnd()
      .split('\n')
      .map((line) => toLine([[sign === '+' ? 'good' : 'bad', `  ${sign} ${clean(line)}`]], wide));
  const changed = (place: string) => [...markedLines('strong', '~', what, look), toLine([`    ${place}:`], wide)];
  if (frees) return [...changed('metadata.ownerReferences'), ...lines([ownerOf(frees)], '-')];
  if (!adds) return [...markedLines('strong', '+', what, look), ...lines(object, '+')];
  return [...changed(adds.path.slice(1).replaceAll('/', '.')), ...lines(adds.labels, '+')];
}
