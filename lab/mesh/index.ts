/**
 * The mesh: istiod, the gateway's Envoy and one mesh client's Envoy. The Envoys are pods, run by lab/kubelet; here are
 * their bootstrap files and objects. The series they report come from lab/mesh-metrics.
 */
export { gateway, meshClient } from './envoys.ts';
export { istiod } from './istiod.ts';
