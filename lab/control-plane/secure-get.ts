/** One GET with the administrator's certificate: enough for health checks. */
import { readFileSync } from 'node:fs';
import { request } from 'node:https';
import { join } from 'node:path';
import type { LabState } from '../host/state.ts';

/** @returns the body of a 200 answer; anything else throws. Limit 2 s. */
export function secureGet(state: LabState, url: string, signal: AbortSignal): Promise<string> {
  const file = (name: string) => readFileSync(join(state.dir, 'pki', name));
  const tls = { ca: file('ca.crt'), cert: file('admin.crt'), key: file('admin.key') };
  return new Promise((resolve, reject) => {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(2000)]);
    const call = request(url, { ...tls, agent: false, signal: limit }, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        body += chunk;
      });
      response.on('error', reject);
      response.on('end', () => {
        if (response.statusCode === 200) resolve(body);
        else reject(new Error(`GET ${url} answered ${response.statusCode}: ${body.slice(0, 300)}`));
      });
    });
    call.on('error', reject);
    call.end();
  });
}
