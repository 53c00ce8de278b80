/** An HPA by the use of processors. */
export function autoscalerOf(metadata: object, scaleTargetRef: object, bounds: { min: number; max: number }) {
  const { min: minReplicas, max: maxReplicas } = bounds;
  const resource = { name: 'cpu', target: { type: 'Utilization', averageUtilization: 80 } };
  const spec = { scaleTargetRef, minReplicas, maxReplicas, metrics: [{ type: 'Resource', resource }] };
  return { apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler', metadata, spec };
}
