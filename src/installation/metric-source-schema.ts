import { z } from 'zod';
import { isLoopback } from '../network/address.ts';
import { labelName, matchers } from '../plan/schema/matchers.ts';
import {
  dnsLabel,
  flag,
  headerName,
  headerValue,
  prometheusUrl,
  shortText,
  webAddress,
} from '../plan/schema/scalars.ts';
import { type Report, rule, section } from '../plan/schema/section.ts';
import { expects, wording } from '../plan/wording.ts';

const file = (example: string) => shortText(`the path of a file, for example ${example}`);

/** A value that stands elsewhere, so that this file can be shown to anybody. */
export const secret = section({
  file: file('/var/run/secrets/token').optional().describe('File with it; read again when it changes; default: none'),
  env: z
    .string()
    .regex(/^[A-Za-z_]\w*$/, { error: expects('the name of an environment variable, for example PROMETHEUS_TOKEN') })
    .optional()
    .describe('Environment variable with it; default: none'),
}).check(
  rule(['file', 'env'], ({ file, env }, report) => {
    if ((file === undefined) === (env === undefined))
      report([], 'one of file and env says where the value is', 'write { file: PATH } or { env: NAME }');
  }),
);

const basic = section({
  username: shortText('a user name').describe('Name of the user'),
  password: secret.describe('Where the password is'),
});

/** Headers that are a login whoever may read them has. */
const SECRET_HEADERS = ['authorization', 'proxy-authorization', 'cookie'];

const headers = z
  .record(headerName('X-Scope-OrgID'), z.union([headerValue, secret]), {
    error: expects('headers, for example { X-Scope-OrgID: team-a }'),
  })
  .superRefine((value, context) => {
    for (const [name, text] of Object.entries(value)) {
      if (typeof text !== 'string' || !SECRET_HEADERS.includes(name.toLowerCase())) continue;
      const message = wording('a login stands in the file itself', 'write { file: PATH } or { env: NAME }');
      context.addIssue({ code: 'custom', path: [name], message });
    }
  });

const overHttp = (what: string) =>
  flag
    .optional()
    .describe(`Whether ${what} may go over plain http, readable on the way; default: false, to this machine true`);

const login = section({
  bearer: secret.optional().describe('Where the token is; default: none'),
  basic: basic.optional().describe('User and password; default: none'),
  headers: headers
    .optional()
    .describe('Headers of every query: a text such as a tenant, or where the value is; default: none'),
  overHttp: overHttp('it'),
}).check(
  rule(['bearer', 'basic', 'headers'], ({ bearer, basic, headers = {} }, report) => {
    const own = Object.keys(headers).find((name) => name.toLowerCase() === 'authorization');
    const ways = [bearer && 'bearer', basic && 'basic', own && 'an Authorization header'].filter(Boolean);
    if (ways.length > 1) report([], `${ways.join(' and ')} are one header`, 'keep one of them');
  }),
);

const tls = section({
  ca: file('/etc/sluice/ca.pem').optional().describe("PEM of the authorities to believe; default: Node's own"),
  certificate: file('/etc/sluice/client.pem').optional().describe('PEM of the client certificate; default: none'),
  key: file('/etc/sluice/client-key.pem').optional().describe('PEM of its key; default: none'),
  serverName: shortText('a host name')
    .optional()
    .describe("Name that the server's certificate is for; default: the host of the address"),
}).check(
  rule(['certificate', 'key'], ({ certificate, key }, report) => {
    if ((certificate === undefined) !== (key === undefined))
      report([], 'a client certificate needs its key, and the key its certificate', 'write both, or none');
  }),
);

function checkHttp(address: string, report: Report): void {
  const { protocol, hostname } = new URL(address);
  if (protocol === 'https:' || isLoopback(hostname)) return;
  const remedy = 'write https://, or overHttp: true beside the login if only those who may know it can listen';
  report(['address'], 'the login would go over plain http, readable on the way', remedy);
}

const proxy = z.union(
  [
    z.literal('none'),
    section({
      address: webAddress('http://proxy:3128').describe('Address of the proxy'),
      basic: basic.optional().describe('User and password at the proxy; default: none'),
      overHttp: overHttp('they'),
    }).check(
      rule(['address', 'basic', 'overHttp'], ({ address, basic, overHttp }, report) => {
        if (basic && !overHttp) checkHttp(address, report);
      }),
    ),
  ],
  { error: () => wording('this is no proxy', 'write none, or a section, for example { address: http://proxy:3128 }') },
);

/** What Sluice says in each query itself. */
const OWN_PARAMETERS = ['query', 'time', 'start', 'end', 'step'];

const parameterName = shortText('a name').refine((name) => !OWN_PARAMETERS.includes(name), {
  error: expects('another parameter: this one is of each query'),
});

const parameters = z.record(parameterName, z.string({ error: expects('a text in quotes') }), {
  error: expects('parameters, for example { dedup: "true" }'),
});

/** How a source is reached, and as whom. */
const reached = {
  login: login.optional().describe('Who asks; default: nobody in particular'),
  tls: tls.optional().describe('Whom to believe, and a client certificate; default: those of Node, none'),
  proxy: proxy
    .optional()
    .describe('Proxy to go through, or none; default: what HTTPS_PROXY, HTTP_PROXY and NO_PROXY say'),
};

const overTls = rule<{ address: string; login?: z.output<typeof login> | undefined }>(
  ['address', 'login'],
  ({ address, login: { bearer, basic, headers = {}, overHttp } = {} }, report) => {
    const isSecret = bearer ?? basic ?? Object.values(headers).some((value) => typeof value !== 'string');
    if (isSecret && !overHttp) checkHttp(address, report);
  },
);

export const webSource = section({
  name: dnsLabel('datadog').describe('Name by which checks of plans know it'),
  address: webAddress('https://api.datadoghq.eu').describe('Base URL; plans name paths below it'),
  ...reached,
}).check(overTls);

export const metricSource = section({
  name: dnsLabel('default').describe('Name by which plans know it; without one they mean default'),
  address: prometheusUrl.describe('Base URL of its Prometheus HTTP API, without /api/v1'),
  ...reached,
  matchers: matchers
    .optional()
    .describe("Put into every selector of every query, those of plans too: a cluster, a tenant's label; default: none"),
  labels: section({
    pod: labelName('kubernetes_pod_name').optional().describe('Label with the name of the pod; default: pod'),
    namespace: labelName('kubernetes_namespace').optional().describe('Label with its namespace; default: namespace'),
    code: labelName('status').optional().describe('Label with the response code of applications; default: code'),
  })
    .optional()
    .describe('What labels are called here; default: pod, namespace, code'),
  warnings: z
    .enum(['incomplete', 'ignore'], { error: expects('incomplete or ignore') })
    .default('incomplete')
    .describe('What an answer with warnings, or a partial one, is: no answer, or as good as any'),
  parameters: parameters
    .optional()
    .describe("More parameters of every query, such as Thanos' partial_response and dedup; default: none"),
}).check(overTls);

export type MetricSource = z.output<typeof metricSource>;
export type WebSource = z.output<typeof webSource>;
export type Secret = z.output<typeof secret>;
export type Basic = z.output<typeof basic>;
