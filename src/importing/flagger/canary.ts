/** A Canary of Flagger (v1beta1, v1alpha3) as a plan. Fields after docs.flagger.app and the source of 1.44. */
import type { ImportCase } from '../shared/case.ts';
import { refuse } from '../shared/case.ts';
import { analysisOf } from '../shared/checks.ts';
import type { LooseTree } from '../shared/tree.ts';
import { convertAffinity } from './affinity.ts';
import { convertMetrics } from './metrics.ts';
import { routeOf } from './route.ts';
import { convertScale } from './scale.ts';
import { convertShift } from './shift.ts';
import { targetOf } from './target.ts';
import { convertWebhooks } from './webhooks.ts';

/** @returns the plan's spec; refusals are the case's */
export function importCanary(one: ImportCase): LooseTree {
  const spec = one.source.at('spec');
  const analysis = spec.at('analysis').exists ? spec.at('analysis') : spec.at('canaryAnalysis');
  if (!one.source.object.namespace)
    one.source.at('metadata', 'namespace').change(`the Canary names none: ${one.namespace} is assumed`);
  if (!analysis.exists) refuse(one, analysis, 'there is no analysis, so no step of a rollout', 'write spec.analysis');
  const target = targetOf(one, spec);
  const traffic = routeOf(one, { spec, target });
  const shift = convertShift(analysis);
  const metrics = convertMetrics(one, { spec, analysis, target, ownSeries: traffic.ownSeries });
  const hooks = convertWebhooks(one, { analysis, target, weights: shift.weights, meshed: traffic.meshed });
  for (const alert of analysis.at('alerts').items())
    alert.lose(
      `${alert.at('name').text ?? 'alert'}: providerRef ${alert.at('providerRef', 'name').text ?? ''} ${CHAT}`,
    );
  for (const [key, words] of Object.entries(BY_ACTION)) {
    const flag = spec.at(key);
    if (flag.value === false) flag.keep();
    else if (flag.exists) flag.lose(words);
  }
  return {
    workload: { primary: target.primary, canary: target.canary, canaryLabels: target.canaryLabels },
    events: target.images.map((image) => ({ image })),
    traffic: traffic.traffic,
    scale: convertScale(one, spec),
    acceptance: hooks.acceptance,
    load: hooks.load,
    mirror: shift.mirror,
    shift: shift.shift,
    affinity: convertAffinity(analysis.at('sessionAffinity')),
    analysis: analysisOf(metrics, analysis.at('metrics'), shift.failureThreshold),
    approvals: hooks.approvals,
  };
}

/** Chats belong to the operator: a plan names one of the installation's targets, which no Canary knows. */
const CHAT = 'is to be a target of the installation (notificationTargets), then notify: [{ slack: { target: NAME } }]';

const BY_ACTION = {
  skipAnalysis: 'an action of a person: sluice promote',
  suspend: 'an action of a person: sluice pause, or freezes in the plan',
};
