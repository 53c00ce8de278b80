import type { Adoption } from '../../adopting/index.ts';
import type { AdoptStep } from '../../adopting/steps.ts';
import { describeRef } from '../../kubernetes/objects/refs.ts';
import { markedLines } from './doctor.ts';
import { type TerminalLook, toLine } from './look.ts';
import { clean } from './text.ts';

/** What machines read of it. */
export function adoptionData({ plan, steps, warnings }: Adoption): object {
  return {
    plan: `${plan.namespace}/${plan.name}`,
    steps: steps.map(({ ref, object, why, done, adds, restarts }) => ({
      object: describeRef(ref),
      ...(adds ? { adds: { path: adds.path, labels: adds.labels } } : { makes: object }),
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

function stepLines({ ref, object, adds, why, done }: AdoptStep, look: TerminalLook, yaml: (value: unknown) => string) {
  const what = `${describeRef(ref)}: ${why}`;
  if (done) return markedLines('good', '✔', `${describeRef(ref)} is so already`, look);
  const wide = { ...look, width: Number.POSITIVE_INFINITY };
  const added = (value: unknown) =>
    yaml(value)
      .trimEnd()
      .split('\n')
      .map((line) => toLine([['good', `  + ${clean(line)}`]], wide));
  if (!adds) return [...markedLines('strong', '+', what, look), ...added(object)];
  const place = adds.path.slice(1).replaceAll('/', '.');
  return [...markedLines('strong', '~', what, look), toLine([`    ${place}:`], wide), ...added(adds.labels)];
}
