/** Where news of rollouts go besides mail: named here, so that a plan neither chooses a channel nor holds a token. */
import { z } from 'zod';
import { isLocalHost } from '../network/address.ts';
import { parseSecrets } from '../network/standard-webhooks.ts';
import { globFits, type PlanRule } from '../plan/index.ts';
import { dnsLabel, flag, webAddress } from '../plan/schema/scalars.ts';
import { list, rule, section } from '../plan/schema/section.ts';
import { expects, wording } from '../plan/wording.ts';
import { secret } from './metric-source-schema.ts';
import { readSecret } from './secret.ts';
import { scope } from './sender-schema.ts';

const channel = expects('the id of a channel, for example C0123456789; its name may change');

const slack = section({
  channel: z
    .string({ error: channel })
    .regex(/^[A-Z0-9]{1,32}$/, { error: channel })
    .describe('Id of the channel; the app must be in it'),
  token: secret.describe("Where the app's bot token is (xoxb-…)"),
});

const webhook = section({
  address: z
    .union([webAddress('https://board.example.com/hooks'), secret], {
      error: () =>
        wording('this is no web address', 'write one, or { file: PATH } or { env: NAME } for one that is a secret'),
    })
    .describe('Where it is sent; or where that address stands, if it is a secret'),
  secrets: list(secret, 'where the secrets are, for example [{ env: BOARD_SECRET }]', { min: 1, max: 10 }).describe(
    'Where the secrets are (whsec_…); each of them signs, so that one can be replaced',
  ),
  local: flag
    .default(false)
    .describe('Whether the address may be of the machine that sends, its link or the metadata of its cloud'),
}).check(
  rule(['address', 'local'], ({ address, local }, report) => {
    if (typeof address === 'string' && !local && isLocalHost(address))
      report(['address'], 'is of the machine that sends, or of its cloud', 'name another server, or write local: true');
  }),
);

/** How the server is reached by Slack, or reaches it. */
export const slackApp = section({
  signingSecret: secret
    .optional()
    .describe('Where the signing secret of the app is, for requests over HTTP; default: none'),
  appToken: secret
    .optional()
    .describe('Where its app-level token is (xapp-…), for requests over a socket that the server opens; default: none'),
  address: webAddress('https://slack-gov.com/api/')
    .optional()
    .describe("Base URL of Slack's API; default: https://slack.com/api/"),
});

const target = section({
  name: dnsLabel('releases').describe('Name by which plans know it'),
  plans: list(scope, 'plans as namespace/name, for example [demo/*]', { min: 1 }).describe(
    'Plans that may name it, as `namespace/name`; a `*` stands for any characters',
  ),
  slack: slack.optional().describe('A channel of Slack; default: none'),
  webhook: webhook.optional().describe('An address that gets signed requests; default: none'),
}).check(
  rule(['slack', 'webhook'], ({ slack, webhook }, report) => {
    if ((slack === undefined) === (webhook === undefined))
      report([], 'one of slack and webhook says where news go', 'write one of them');
  }),
);

export const notificationTargets = list(
  target,
  'targets, for example [{ name: releases, plans: [demo/*], slack: { channel: C0123456789, token: { env: SLACK_TOKEN } } }]',
);

export type NotificationTarget = z.output<typeof target>;

const KINDS = ['slack', 'webhook'] as const;
type TargetKind = (typeof KINDS)[number];

/** The target, if it is of this kind and for plans of this name. */
export function findTarget<Kind extends TargetKind>(
  all: readonly NotificationTarget[],
  kind: Kind,
  name: string,
  plan: string,
): NotificationTarget[Kind] {
  return all.find((one) => one.name === name && one.plans.some((pattern) => globFits(pattern, plan)))?.[kind];
}

/** Plans name targets that exist and are for them. */
export function targetRule(all: readonly NotificationTarget[]): PlanRule {
  return ({ namespace, name, notify }) => {
    const plan = `${namespace}/${name}`;
    const named = notify.flatMap((one, index) =>
      KINDS.map((kind) => ({ kind, index, target: one[kind]?.target ?? '' })).filter(({ kind }) => one[kind]),
    );
    const wrong = named.find(({ kind, target }) => !findTarget(all, kind, target, plan));
    if (!wrong) return undefined;
    const { kind, index, target } = wrong;
    const names = all.filter((one) => findTarget([one], kind, one.name, plan)).map((one) => one.name);
    const remedy = names.length > 0 ? `write one of ${names.join(', ')}` : 'ask who runs Sluice for a target';
    const message = `the installation has no notification target ${target} with ${kind} for ${plan}`;
    return { path: ['spec', 'notify', index, kind, 'target'], message, remedy };
  };
}

/** Where a webhook is sent and what it is signed with. @throws Error that says what cannot be used, and nothing of it */
export async function webhookAddress({ address, secrets, local }: z.output<typeof webhook>, dir: string) {
  const keys = parseSecrets(await Promise.all(secrets.map((one) => readSecret(one, dir))));
  return { address: typeof address === 'string' ? address : await readSecret(address, dir), keys, local };
}
