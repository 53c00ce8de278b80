/** Every part of the lab, each after what it needs. */
import { apiServer, base, controllerManager, etcd } from '../control-plane/index.ts';
import { gateway, istiod, meshClient } from '../mesh/index.ts';
import { podMetrics, prometheus } from '../prometheus/index.ts';
import { smtp } from '../smtp/index.ts';
import { temporal } from '../temporal/index.ts';
import { kubelet } from './kubelet.ts';
import type { Part } from './part.ts';

export const ALL_PARTS: readonly Part[] = [
  etcd,
  apiServer,
  controllerManager,
  base,
  istiod,
  kubelet,
  gateway,
  meshClient,
  podMetrics,
  prometheus,
  temporal,
  smtp,
];
