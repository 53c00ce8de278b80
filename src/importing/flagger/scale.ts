import { type ImportCase, require } from '../shared/case.ts';
import type { Field } from '../shared/field.ts';
import { durationOf } from '../shared/shift.ts';
import type { LooseTree } from '../shared/tree.ts';

export function convertScale(one: ImportCase, spec: Field): LooseTree | undefined {
  const deadline = spec.at('progressDeadlineSeconds');
  const seconds = durationOf(deadline.text);
  if (seconds) deadline.change('scale.readyTimeout: the longest wait for ready pods, by the clock');
  const readyTimeout = seconds ? `${seconds / 1000}s` : undefined;
  const ref = spec.at('autoscalerRef');
  if (!ref.exists) return readyTimeout ? { readyTimeout } : undefined;
  if (ref.at('kind').text === 'ScaledObject') return { ...scaledObject(one, ref), readyTimeout };
  for (const key of ['apiVersion', 'kind', 'name']) ref.at(key).keep();
  const scaler = one.find('HorizontalPodAutoscaler', ref.at('name').text);
  const [min, max] = [scaler?.at('spec', 'minReplicas').number ?? 1, scaler?.at('spec', 'maxReplicas').number];
  if (max === undefined) {
    ref.remark('the HorizontalPodAutoscaler is not in the files: bounds stay as they are found');
    return readyTimeout ? { readyTimeout } : undefined;
  }
  const own = ref.at('primaryScalerReplicas');
  for (const key of ['minReplicas', 'maxReplicas']) own.at(key).keep('scale.primary.autoscaler');
  const primary = { min: own.at('minReplicas').number ?? min, max: own.at('maxReplicas').number ?? max };
  return { canary: { autoscaler: { min, max } }, primary: { autoscaler: primary }, readyTimeout };
}

function scaledObject(one: ImportCase, ref: Field): LooseTree {
  require(one, 'keda', ref);
  for (const key of ['apiVersion', 'kind', 'name']) ref.at(key).keep();
  const scaler = one.find('ScaledObject', ref.at('name').text);
  const bounds = {
    min: scaler?.at('spec', 'minReplicaCount').number ?? 1,
    max: scaler?.at('spec', 'maxReplicaCount').number ?? 100,
  };
  return { canary: { autoscaler: bounds }, primary: { autoscaler: bounds } };
}
