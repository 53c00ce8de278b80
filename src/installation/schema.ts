/** The operator's file (`sluice.yaml`) as people write it. Its sections stand at the top; others come beside `metricSources`. */
import { z } from 'zod';
import { isNamespacePattern } from '../plan/glob.ts';
import { API_VERSION } from '../plan/schema/plan.ts';
import { constant, dnsLabel, duration, shortText } from '../plan/schema/scalars.ts';
import { list, reportRepeats, rule, section } from '../plan/schema/section.ts';
import { expects, showValue, wording } from '../plan/wording.ts';
import { identityProviders } from './identity-provider-schema.ts';
import { metricSource, secret, webSource } from './metric-source-schema.ts';
import { notificationTargets, slackApp } from './notification-targets.ts';
import { people, servers } from './people-schema.ts';
import { safeAddress, senders } from './sender-schema.ts';

/** Refuses an entry whose name an earlier one has. */
function differentNames<Key extends string>(key: Key, what: string) {
  return (entries: readonly Record<Key, string>[], context: z.RefinementCtx) =>
    reportRepeats(
      entries,
      (entry) => entry[key],
      (index, name, first) => {
        const message = wording(
          `${showValue(name)} is the name of ${what} ${first} already`,
          'give each a name of its own',
        );
        context.addIssue({ code: 'custom', path: [index, key], message });
      },
    );
}

const metricSources = list(
  metricSource,
  'metric sources, for example [{ name: default, address: http://prometheus:9090 }]',
).superRefine(differentNames('name', 'source'));

const webSources = list(
  webSource,
  'web sources, for example [{ name: datadog, address: https://api.datadoghq.eu }]',
).superRefine(differentNames('name', 'source'));

const revisionKeys = list(
  section({
    kid: dnsLabel('k1').describe('Name of the key; what was noted with it says so'),
    key: secret.describe('Where it is: at least 32 characters that nobody can guess'),
  }),
  'revision keys, for example [{ kid: k1, key: { file: revision-key } }]',
).superRefine(differentNames('kid', 'key'));

const planSources = list(
  section({
    name: dnsLabel('shops').describe('Name of the source'),
    dir: shortText('the path of a directory, for example plans')
      .optional()
      .describe('Directory of its plan files; default: they are objects'),
    objects: z
      .literal(true, { error: expects('true, or leave it out and name a dir') })
      .optional()
      .describe('Its plans are objects of the kind RolloutPlan in the cluster; default: they are files'),
    namespaces: list(
      z
        .string()
        .refine(isNamespacePattern, { error: expects('a namespace, or a pattern for several: shop-* (all: "*")') }),
      'the namespaces that its plans may name, for example [demo, shop-*]',
      { min: 1 },
    ).describe('Namespaces that its plans may name; a `*` stands for any characters'),
  }).check(
    rule(['dir', 'objects'], ({ dir, objects }, report) => {
      if (dir !== undefined && objects) report(['objects'], 'this source has a dir as well', 'make two sources of it');
      if (dir === undefined && !objects)
        report([], 'says neither dir nor objects', 'write dir: plans, or objects: true');
    }),
  ),
  'sources of plans, for example [{ name: shops, dir: plans, namespaces: [demo, shop-*] }]',
).superRefine(differentNames('name', 'source'));

const PACKAGE = 'the name of a package, for example @sluice/dashboard';
const packageName = z
  .string({ error: expects(PACKAGE) })
  .regex(/^(?:@[a-z0-9][\w.-]{0,100}\/)?[a-z0-9][\w.-]{0,100}$/, { error: expects(PACKAGE) });

export const installationDocument = section({
  apiVersion: constant(API_VERSION).describe('Version of this format'),
  kind: constant('Installation').describe('What the file is'),
  addressesInPlans: z
    .enum(['none', 'remote', 'any'], { error: expects('none, remote or any') })
    .optional()
    .describe(
      'Which addresses of Prometheus, and of web checks, plans may name: remote ones are not of this machine, its link or its cloud; default: none, in `sluice dev` any',
    ),
  planSources: planSources.default([]).describe('Where plans come from, and which namespaces they may name'),
  revisionKeys: revisionKeys
    .default([])
    .describe('Keys of the hashes by which a changed Secret or ConfigMap is known; the first one is for new revisions'),
  metricSources: metricSources.default([]).describe('Where numbers come from; plans name one'),
  webSources: webSources.default([]).describe('Who answers web checks with JSON; plans name one'),
  senders: senders.superRefine(differentNames('name', 'sender')).default([]).describe('Who may send deploy events'),
  offers: section({
    maxAge: duration('168h', { min: '1m', max: '8760h' })
      .default('168h')
      .describe('How long a deploy event that a server vouched for may wait until its rollout begins'),
  })
    .prefault({})
    .describe('Limits of deploy events'),
  notificationTargets: notificationTargets
    .superRefine(differentNames('name', 'target'))
    .default([])
    .describe('Where news of rollouts go besides mail; plans name one'),
  audits: section({
    dir: shortText('the path of a directory, for example audits').describe('Directory that processes share'),
  })
    .optional()
    .describe('Where the audit of each rollout that is over is exported to; default: nowhere'),
  slack: slackApp.optional().describe('The Slack app: how commands and buttons reach the server; default: none'),
  people: people.default([]),
  identityProviders: identityProviders
    .superRefine(differentNames('name', 'provider'))
    .default([])
    .describe('Who proves people to a server, and where `sluice login` logs in'),
  servers: servers.default([]),
  key: secret
    .optional()
    .describe('Where the private key of this server is, by which it vouches for people; default: none'),
  unproven: z
    .enum(['open', 'closed'], { error: expects('open or closed') })
    .default('open')
    .describe(
      'Whether pause and abort, the emergency, are taken of anybody at once, or need a proof as everything else',
    ),
  extensions: list(packageName, 'a list of packages, for example ["@sluice/dashboard"]')
    .default([])
    .describe('Packages with pages and more, installed beside Sluice, which the server loads by name'),
  web: section({
    address: safeAddress('https://sluice.example.com')
      .optional()
      .describe(
        'Where browsers reach the server; identity providers send people back to `/login/callback` there; default: no login by them, but on the machine of the server',
      ),
    session: duration('12h', { min: '5m', max: '168h' })
      .default('12h')
      .describe('How long a login of a browser lasts, whatever they do meanwhile'),
  })
    .prefault({})
    .describe('Browsers, for pages of extensions'),
}).check(
  rule(['people', 'identityProviders'], ({ people, identityProviders }, report) => {
    const names = identityProviders.map(({ name }) => name);
    const remedy = `write the name of an entry of identityProviders: ${names.join(', ') || 'there is none'}`;
    for (const [at, { oidc }] of people.entries())
      for (const [index, { provider }] of oidc.entries())
        if (!names.includes(provider))
          report(['people', at, 'oidc', index], `there is no ${showValue(provider)}`, remedy);
  }),
);
