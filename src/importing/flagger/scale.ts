import type { ImportCase } from '../shared/case.ts';
import type { Field } from '../shared/field.ts';
import { durationOf } from '../shared/shift.ts';
import type { LooseTree } from '../shared/tree.ts';

export function convertScale(one: ImportCase, spec: Field): LooseTree | undefined {
  const deadline = spec.at('progressDeadlineSeconds');
  const seconds = durationOf(deadline.text);
  if (seconds) deadline.change('scale.readyTimeout: the longest wait for ready pods, by the clock');
  const readyTimeout = seconds ? `${seconds / 1000}s` : undefined;
  const alone = readyTimeout ? { readyTimeout } : undefined;
  const ref = spec.at('autoscalerRef');
  for (const key of ['apiVersion', 'kind', 'name']) ref.at(key).keep();
  if (ref.at('kind').text === 'ScaledObject') {
    ref.remark(
      'KEDA takes back bounds that a rollout writes, so the plan has none: pause the ScaledObject while one runs (autoscaling.keda.sh/paused: "true"), or scale by a HorizontalPodAutoscaler',
    );
    return alone;
  }
  if (!ref.exists) return alone;
  const scaler = one.find('HorizontalPodAutoscaler', ref.at('name').text);
  const [min, max] = [scaler?.at('spec', 'minReplicas').number ?? 1, scaler?.at('spec', 'maxReplicas').number];
  if (max === undefined) {
    ref.remark('the HorizontalPodAutoscaler is not in the files: bounds stay as they are found');
    return alone;
  }
  const own = ref.at('primaryScalerReplicas');
  for (const key of ['minReplicas', 'maxReplicas']) own.at(key).keep('scale.primary.autoscaler');
  const primary = { min: own.at('minReplicas').number ?? min, max: own.at('maxReplicas').number ?? max };
  return { canary: { autoscaler: { min, max } }, primary: { autoscaler: primary }, readyTimeout };
}
