/** A mutating admission webhook over HTTPS for the objects of one namespace, as a policy engine installs it. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { apply, kubectl } from '../../support/lab/cluster.ts';

interface Review {
  request: { uid: string; object: unknown };
}

export interface WebhookOptions {
  namespace: string;
  /** `networking.istio.io` and `virtualservices`. */
  apiGroup: string;
  resource: string;
  /** @returns a JSON patch; empty: as it is */
  mutate(object: unknown): object[];
}

/** @returns takes it away again */
export async function installWebhook(options: WebhookOptions): Promise<() => Promise<void>> {
  const { namespace, apiGroup, resource, mutate } = options;
  const { key, cert } = await certificate();
  const server = createServer({ key, cert }, async (request, response) => {
    const { request: asked } = (await json(request)) as Review;
    const patch = mutate(asked.object);
    const answer = {
      uid: asked.uid,
      allowed: true,
      ...(patch.length > 0 && {
        patchType: 'JSONPatch',
        patch: Buffer.from(JSON.stringify(patch)).toString('base64'),
      }),
    };
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', response: answer }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await apply([
    {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'MutatingWebhookConfiguration',
      metadata: { name: namespace },
      webhooks: [
        {
          name: 'mutate.example.com',
          admissionReviewVersions: ['v1'],
          sideEffects: 'None',
          failurePolicy: 'Fail',
          namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } },
          rules: [{ apiGroups: [apiGroup], apiVersions: ['*'], operations: ['UPDATE'], resources: [resource] }],
          clientConfig: {
            url: `https://127.0.0.1:${port}/`,
            caBundle: Buffer.from(cert).toString('base64'),
          },
        },
      ],
    },
  ]);
  return async () => {
    await kubectl('delete', 'mutatingwebhookconfiguration', namespace);
    server.close();
  };
}

async function certificate(): Promise<{ key: string; cert: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-webhook-'));
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '1'];
  const names = ['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1'];
  await promisify(execFile)('openssl', ['req', '-x509', ...curve, ...names, '-keyout', key, '-out', cert]);
  return { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') };
}
