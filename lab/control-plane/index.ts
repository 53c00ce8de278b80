/**
 * Kubernetes without nodes: etcd, API server, controllers, their certificates and the objects every lab begins with.
 * What runs pods is lab/kubelet; what belongs to the mesh is lab/mesh.
 */
export { apiServer } from './api-server.ts';
export { base } from './base.ts';
export { controllerManager } from './controller-manager.ts';
export { etcd } from './etcd.ts';
