/** Fields that both controllers read, section by section; a field beside them does nothing. After Flagger 1.44 and Argo Rollouts 1.9. */
import type { Field } from '../shared/field.ts';

type Known = Record<string, string>;

const CANARY: Known = {
  spec: 'provider metricsServer targetRef upstreamRef autoscalerRef ingressRef routeRef service analysis canaryAnalysis progressDeadlineSeconds skipAnalysis suspend revertOnDeletion',
  'spec.service':
    'name port portName targetPort appProtocol portDiscovery timeout gateways gatewayRefs hosts delegation trafficPolicy match rewrite retries headers corsPolicy mirror meshName backends apex primary canary headless trafficDistribution backendTimeout unmanagedMetadata',
  'spec.analysis':
    'interval iterations mirror mirrorWeight maxWeight stepWeight stepWeights stepWeightPromotion primaryReadyThreshold canaryReadyThreshold alerts metrics webhooks match threshold sessionAffinity',
  'spec.analysis.metrics[]': 'name interval threshold thresholdRange query templateRef templateVariables',
  'spec.analysis.metrics[].thresholdRange': 'min max',
  'spec.analysis.webhooks[]': 'name type url timeout muteAlert metadata retries disableTLS',
};

const ANALYSIS = 'templates args startingStep dryRun measurementRetention analysisRunMetadata';
const ROLLOUT: Known = {
  spec: 'replicas selector template workloadRef minReadySeconds strategy revisionHistoryLimit paused progressDeadlineSeconds progressDeadlineAbort restartAt analysis rollbackWindow',
  'spec.strategy': 'canary blueGreen',
  'spec.strategy.canary':
    'canaryService stableService steps trafficRouting maxUnavailable maxSurge analysis antiAffinity canaryMetadata stableMetadata scaleDownDelaySeconds scaleDownDelayRevisionLimit abortScaleDownDelaySeconds dynamicStableScale pingPong minPodsPerReplicaSet',
  'spec.strategy.canary.analysis': ANALYSIS,
  'spec.strategy.canary.trafficRouting':
    'istio nginx smi alb ambassador appMesh traefik apisix managedRoutes plugins maxTrafficWeight',
  'spec.strategy.canary.trafficRouting.nginx':
    'annotationPrefix stableIngress stableIngresses additionalIngressAnnotations canaryIngressAnnotations',
  'spec.strategy.canary.steps[]':
    'setWeight pause experiment analysis setCanaryScale setHeaderRoute setMirrorRoute plugin replicaProgressThreshold',
  'spec.strategy.blueGreen':
    'activeService previewService previewReplicaCount autoPromotionEnabled autoPromotionSeconds maxUnavailable scaleDownDelaySeconds scaleDownDelayRevisionLimit prePromotionAnalysis postPromotionAnalysis antiAffinity previewMetadata activeMetadata abortScaleDownDelaySeconds',
  'spec.strategy.blueGreen.prePromotionAnalysis': ANALYSIS,
  'spec.strategy.blueGreen.postPromotionAnalysis': ANALYSIS,
};

/** Fields of a Canary or Rollout that its controller does not know, and those that it knows there. */
export function ignoredFields(source: Field): { field: Field; known: string[] }[] {
  return Object.entries(source.object.kind === 'Canary' ? CANARY : ROLLOUT).flatMap(([path, names]) => {
    const known = names.split(' ');
    const strange = sectionsOf(source, path).flatMap((section) =>
      section.fields().filter(([key]) => !known.includes(key)),
    );
    return strange.map(([, field]) => ({ field, known }));
  });
}

/** `a.b[].c` from the root on. */
function sectionsOf(root: Field, path: string): Field[] {
  return path.split('.').reduce<Field[]>(
    (fields, part) => {
      const below = fields.map((field) => field.at(part.replace('[]', '')));
      return part.endsWith('[]') ? below.flatMap((field) => field.items()) : below;
    },
    [root],
  );
}
