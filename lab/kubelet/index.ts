/**
 * The lab's kubelet: runs pods as plain processes and tells the API server the truth about them. It binds unscheduled
 * pods to the only node, gives each an address, starts the program its image names, probes it, restarts it with a
 * back-off, and ends it when the pod is deleted. What images mean is decided in lab/programs, what the mesh counts in
 * lab/mesh-metrics; nothing here decides about traffic. `main.ts` is the process; the rest is one concept per file.
 */

export { AddressPool } from './addresses.ts';
export { backOffMs } from './back-off.ts';
export { readBootstrap } from './envoy.ts';
