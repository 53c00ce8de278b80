/** Fields that both controllers read; one beside them does nothing. After Flagger 1.44 and Argo Rollouts 1.9. */
import { suggest } from '../../plan/suggest.ts';
import type { Field } from '../shared/field.ts';

const ASKED = 'templates args dryRun measurementRetention analysisRunMetadata startingStep';
const CANARY = 'spec.strategy.canary';
const ROUTING = `${CANARY}.trafficRouting`;

const ANALYSIS = [
  'spec args metrics dryRun measurementRetention templates',
  'spec.args[] name value valueFrom',
  'spec.metrics[] name interval initialDelay count successCondition failureCondition failureLimit inconclusiveLimit consecutiveErrorLimit consecutiveSuccessLimit provider',
  'spec.metrics[].provider prometheus kayenta web datadog wavefront newRelic job cloudWatch graphite influxdb skywalking plugin',
  'spec.metrics[].provider.prometheus address query authentication timeout insecure headers rangeQuery',
  'spec.metrics[].provider.web method url headers body jsonBody timeoutSeconds jsonPath insecure authentication',
];

/** Of each kind: a section, and the names that it may have. */
const KNOWN: Record<string, string[]> = {
  Canary: [
    'spec provider metricsServer targetRef upstreamRef autoscalerRef ingressRef routeRef service analysis canaryAnalysis progressDeadlineSeconds skipAnalysis suspend revertOnDeletion',
    'spec.service name port portName targetPort appProtocol portDiscovery timeout gateways gatewayRefs hosts delegation trafficPolicy match rewrite retries headers corsPolicy mirror meshName backends apex primary canary headless trafficDistribution backendTimeout unmanagedMetadata',
    'spec.analysis interval iterations mirror mirrorWeight maxWeight stepWeight stepWeights stepWeightPromotion primaryReadyThreshold canaryReadyThreshold alerts metrics webhooks match threshold sessionAffinity',
    'spec.analysis.metrics[] name interval threshold thresholdRange query templateRef templateVariables',
    'spec.analysis.metrics[].thresholdRange min max',
    'spec.analysis.webhooks[] name type url timeout muteAlert metadata retries disableTLS',
    'spec.analysis.sessionAffinity cookieName maxAge path domain sameSite secure httpOnly partitioned primaryCookieName',
  ],
  MetricTemplate: ['spec provider query', 'spec.provider type address secretRef region insecureSkipVerify headers'],
  Rollout: [
    'spec replicas selector template workloadRef minReadySeconds strategy revisionHistoryLimit paused progressDeadlineSeconds progressDeadlineAbort restartAt analysis rollbackWindow',
    'spec.strategy canary blueGreen',
    `${CANARY} canaryService stableService steps trafficRouting maxUnavailable maxSurge analysis antiAffinity canaryMetadata stableMetadata scaleDownDelaySeconds scaleDownDelayRevisionLimit abortScaleDownDelaySeconds dynamicStableScale pingPong minPodsPerReplicaSet`,
    `${CANARY}.analysis ${ASKED}`,
    `${ROUTING} istio nginx smi alb ambassador appMesh traefik apisix managedRoutes plugins maxTrafficWeight`,
    `${ROUTING}.nginx annotationPrefix stableIngress stableIngresses additionalIngressAnnotations canaryIngressAnnotations`,
    `${ROUTING}.istio virtualService virtualServices destinationRule`,
    `${ROUTING}.istio.destinationRule name canarySubsetName stableSubsetName`,
    `${CANARY}.steps[] setWeight pause experiment analysis setCanaryScale setHeaderRoute setMirrorRoute plugin replicaProgressThreshold`,
    `${CANARY}.steps[].pause duration`,
    `${CANARY}.steps[].analysis ${ASKED}`,
    'spec.strategy.blueGreen activeService previewService previewReplicaCount autoPromotionEnabled autoPromotionSeconds maxUnavailable scaleDownDelaySeconds scaleDownDelayRevisionLimit prePromotionAnalysis postPromotionAnalysis antiAffinity previewMetadata activeMetadata abortScaleDownDelaySeconds',
    `spec.strategy.blueGreen.prePromotionAnalysis ${ASKED}`,
    `spec.strategy.blueGreen.postPromotionAnalysis ${ASKED}`,
  ],
  AnalysisTemplate: ANALYSIS,
  ClusterAnalysisTemplate: ANALYSIS,
};

/** Fields of an object that its controller does not know, and what would be right there. */
export function ignoredFields(source: Field): { field: Field; remedy: string }[] {
  const sections = (KNOWN[source.object.kind] ?? []).map((line) => line.split(' '));
  return sections.flatMap(([path = '', ...known]) => {
    const fields = sectionsOf(source, path).flatMap((section) => section.fields());
    const strange = fields.filter(([key]) => !known.includes(key));
    return strange.map(([key, field]) => {
      const near = suggest(key, known);
      const home = sections.find(([, ...names]) => names.includes(key))?.[0];
      const place = home ? `its place is ${home}` : `known here: ${known.join(', ')}`;
      return { field, remedy: near ? `write ${near}` : place };
    });
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
