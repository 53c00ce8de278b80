/** The kind RolloutPlan (deploy/crds/rolloutplans.yaml) in a namespace of its own. */
import { parse } from 'yaml';
import type { KubeObject, Ref } from '../../../../src/kubernetes/client/client.ts';
import { changed } from '../../../support/plan-text.ts';
import { type Bench, knowPlans, openBench } from '../support.ts';

export async function openPlans(): Promise<Bench> {
  const bench = await openBench();
  await knowPlans(bench.client, bench.namespace);
  return bench;
}

export function planRef({ namespace }: Bench, name = 'reviews'): Ref {
  return { apiVersion: 'sluice.dev/v1alpha1', resource: 'rolloutplans', kind: 'RolloutPlan', namespace, name };
}

/** @returns what the API server says, or undefined when it takes the plan */
export async function refusal(bench: Bench, text: string): Promise<string | undefined> {
  const object = parse(text) as KubeObject;
  const { name } = object.metadata;
  const here = { ...object, metadata: { ...object.metadata, namespace: bench.namespace } };
  const answer = bench.client.create(planRef(bench, name), here, { dryRun: true });
  return answer.then(
    () => undefined,
    (error: Error) => error.message,
  );
}

export const WEIGHTS = 'weights: [20, 40, 60, 80, 100]';
/** The example without a mesh. */
export const plain = (...edits: [from: string, to: string][]) =>
  changed(
    ['kind: VirtualService', 'kind: Service'],
    ['    primary: { host: reviews, subset: v1 }\n', ''],
    ['    canary: { host: reviews, subset: v2 }\n', ''],
    ['  mirror: { percent: 100, every: 1m, iterations: 10 }\n', ''],
    [WEIGHTS, 'weights: [100]'],
    ...edits,
  );
export const BY_PODS: [from: string, to: string] = ['terminationDrain', 'mode: pods\n    terminationDrain'];
