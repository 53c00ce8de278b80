/** A Rollout of Argo (v1alpha1) as a plan. Fields after the documentation and the source of 1.9. */
import { type ImportCase, reject } from '../shared/case.ts';
import { analysisOf } from '../shared/checks.ts';
import type { Field } from '../shared/field.ts';
import type { LooseTree } from '../shared/tree.ts';
import { convertAnalysis } from './analysis.ts';
import { blueGreenSteps, canarySteps } from './steps.ts';
import { blueGreenTraffic, canaryTraffic } from './traffic.ts';
import { podsOf } from './workload.ts';

const NAMESPACE = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

/** @returns the plan's spec; refusals are the case's */
export function importRollout(one: ImportCase): LooseTree {
  const { source, namespace } = one;
  const spec = source.at('spec');
  const place = source.at('metadata', 'namespace');
  if (!place.exists) place.change(`the Rollout names none: ${namespace} is assumed`);
  if (!NAMESPACE.test(namespace))
    reject(one, place, `${JSON.stringify(namespace)} is no name of a namespace`, 'write one of a-z, 0-9 and "-"');
  const strategy = spec.at('strategy');
  const [canary, blueGreen] = [strategy.at('canary'), strategy.at('blueGreen')];
  const isCanary = Object.hasOwn(strategy.tree, 'canary');
  if (isCanary === blueGreen.exists)
    reject(one, strategy, 'a Rollout has one of canary and blueGreen here', 'say which of the two is meant');
  const pods = podsOf(one, spec);
  if (blueGreen.exists) {
    const metrics = convertAnalysis(one, analysesOf(blueGreen, []), servicesOf(blueGreen));
    const steps = blueGreenSteps(blueGreen, metrics.intervalMs);
    return planOf(pods, blueGreenTraffic(one, blueGreen), {
      ...steps,
      analysis: analysisOf(metrics, blueGreen.at('prePromotionAnalysis'), metrics.failureThreshold),
    });
  }
  const given = canary.at('steps').items();
  const metrics = convertAnalysis(one, analysesOf(canary, given), servicesOf(canary));
  const steps = canarySteps(one, canary, metrics.intervalMs);
  const traffic = canaryTraffic(one, canary, { pods, weights: steps.weights });
  return planOf(pods, traffic, {
    ...steps,
    analysis: analysisOf(metrics, canary.at('analysis'), metrics.failureThreshold),
  });
}

function planOf(
  pods: ReturnType<typeof podsOf>,
  traffic: LooseTree,
  parts: { shift: LooseTree; approvals: LooseTree[]; analysis: LooseTree },
): LooseTree {
  const { workload, events } = pods;
  // behind a Service that both share the canary's pods are its share
  const scale = traffic.mode === 'pods' && pods.scale ? { primary: pods.scale.primary } : pods.scale;
  return { workload, events, traffic, scale, shift: parts.shift, approvals: parts.approvals, analysis: parts.analysis };
}

/** Where a strategy names AnalysisTemplates. A step of its own is a check from the start in a plan. */
function analysesOf(strategy: Field, steps: Field[]): Field[] {
  const own = ['analysis', 'prePromotionAnalysis', 'postPromotionAnalysis'].map((key) => strategy.at(key));
  return [...own, ...steps.map((step) => step.at('analysis'))].filter(({ exists }) => exists);
}

function servicesOf(strategy: Field): { canary?: string; stable?: string } {
  const text = (...keys: string[]) => keys.map((key) => strategy.at(key).text).find((value) => value !== undefined);
  return { canary: text('canaryService', 'previewService'), stable: text('stableService', 'activeService') };
}
