/** The operator's file (`sluice.yaml`) as people write it. Its sections stand at the top; others come beside `metricSources`. */
import { z } from 'zod';
import { API_VERSION } from '../plan/schema/plan.ts';
import { constant, flag } from '../plan/schema/scalars.ts';
import { list, reportRepeats, section } from '../plan/schema/section.ts';
import { expects, showValue, wording } from '../plan/wording.ts';
import { metricSource, secret } from './metric-source-schema.ts';
import { people, servers } from './people-schema.ts';
import { senders } from './sender-schema.ts';

const metricSources = list(
  metricSource,
  'metric sources, for example [{ name: default, address: http://prometheus:9090 }]',
).superRefine((entries, context) => {
  reportRepeats(
    entries,
    ({ name }) => name,
    (index, key, first) => {
      const message = wording(
        `${showValue(key)} is the name of source ${first} already`,
        'give each a name of its own',
      );
      context.addIssue({ code: 'custom', path: [index, 'name'], message });
    },
  );
});

export const installationDocument = section({
  apiVersion: constant(API_VERSION).describe('Version of this format'),
  kind: constant('Installation').describe('What the file is'),
  addressesInPlans: flag
    .optional()
    .describe('Whether plans may name addresses of Prometheus themselves; default: false, in `sluice dev` true'),
  metricSources: metricSources.default([]).describe('Where numbers come from; plans name one'),
  senders: senders.default([]).describe('Who may send deploy events'),
  people: people.default([]),
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
});
