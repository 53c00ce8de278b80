import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { KubeObject } from '../../../src/kubernetes/client/client.ts';

/** A pod of the canary that really answers on loopback. */
export interface PodServer {
  object: KubeObject;
  port: number;
  close: () => void;
}

export async function podServer(name: string, listener: RequestListener, hash = '5d8f'): Promise<PodServer> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const object = {
    metadata: { name, namespace: 'demo', labels: { app: 'reviews', version: 'v2', 'pod-template-hash': hash } },
    spec: {
      containers: [
        { name: 'istio-proxy', ports: [{ containerPort: 1 }] },
        { name: 'reviews', ports: [{ containerPort: port }] },
      ],
    },
    status: { podIP: '127.0.0.1', conditions: [{ type: 'Ready', status: 'True' }] },
  };
  return {
    object: object as KubeObject,
    port,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
