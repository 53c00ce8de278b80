/** A validating admission webhook that refuses every write of Sluice in the demo's namespace: a change freeze, as clusters have them. */
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { apply, kubectl } from '../../control-plane/kubectl.ts';
import { makeCertificate } from '../../control-plane/pki.ts';
import { type LabState, PRODUCT_USER } from '../../index.ts';
import { NAMESPACE } from '../app.ts';

const NAME = 'change-freeze.example.com';

interface Review {
  request: { uid: string; dryRun?: boolean };
}

export class Freeze {
  refusing = true;
  /** Writes that were refused, without those that were only tried (dry run). */
  refused = 0;
  private readonly lab: LabState;
  private readonly server: Server;

  private constructor(lab: LabState, key: Buffer, cert: Buffer) {
    this.lab = lab;
    this.server = createServer({ key, cert }, async (request, response) => {
      const { uid, dryRun } = ((await json(request)) as Review).request;
      if (this.refusing && !dryRun) this.refused += 1;
      const status = { code: 403, message: 'change freeze, nobody may write' };
      const answer = { uid, allowed: !this.refusing, ...(this.refusing && { status }) };
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify({ apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', response: answer }));
    });
  }

  /** Resolves when the API server knows of it; that it asks takes a moment longer. */
  static async install(lab: LabState, signal: AbortSignal): Promise<Freeze> {
    const pki = join(lab.dir, 'pki');
    await makeCertificate(pki, 'freeze', '/CN=freeze', 'subjectAltName=IP:127.0.0.1');
    const freeze = new Freeze(lab, readFileSync(join(pki, 'freeze.key')), readFileSync(join(pki, 'freeze.crt')));
    await new Promise<void>((resolve) => freeze.server.listen(0, '127.0.0.1', resolve));
    const { port } = freeze.server.address() as AddressInfo;
    const file = join(lab.dir, 'freeze.json');
    writeFileSync(file, JSON.stringify(configuration(port, readFileSync(join(pki, 'ca.crt')))));
    await apply(lab, [file], signal);
    return freeze;
  }

  async remove(signal: AbortSignal): Promise<void> {
    await kubectl(this.lab, ['delete', 'validatingwebhookconfiguration', NAME], signal);
    this.server.close();
  }
}

function configuration(port: number, authority: Buffer): object {
  const webhook = {
    name: NAME,
    admissionReviewVersions: ['v1'],
    sideEffects: 'None',
    failurePolicy: 'Fail',
    namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': NAMESPACE } },
    matchConditions: [{ name: 'by-sluice', expression: `request.userInfo.username == '${PRODUCT_USER}'` }],
    rules: [{ apiGroups: ['*'], apiVersions: ['*'], operations: ['*'], resources: ['*/*'] }],
    clientConfig: { url: `https://127.0.0.1:${port}/`, caBundle: authority.toString('base64') },
  };
  const metadata = { name: NAME };
  return {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingWebhookConfiguration',
    metadata,
    webhooks: [webhook],
  };
}
