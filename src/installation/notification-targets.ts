/** Where news of rollouts go besides mail: named here, so that a plan neither chooses a channel nor holds a token. */
import { z } from 'zod';
import { globFits, type PlanRule } from '../plan/index.ts';
import { dnsLabel, webAddress } from '../plan/schema/scalars.ts';
import { list, section } from '../plan/schema/section.ts';
import { expects } from '../plan/wording.ts';
import { secret } from './metric-source-schema.ts';
import { scope } from './sender-schema.ts';

const channel = expects('the id of a channel, for example C0123456789; its name may change');

const slack = section({
  channel: z
    .string({ error: channel })
    .regex(/^[A-Z0-9]{1,32}$/, { error: channel })
    .describe('Id of the channel; the app must be in it'),
  token: secret.describe("Where the app's bot token is (xoxb-…)"),
});

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
  slack: slack.describe('A channel of Slack'),
});

export const notificationTargets = list(
  target,
  'targets, for example [{ name: releases, plans: [demo/*], slack: { channel: C0123456789, token: { env: SLACK_TOKEN } } }]',
);

export type NotificationTarget = z.output<typeof target>;

/** The target, if it is for plans of this name. */
export function findTarget(
  all: readonly NotificationTarget[],
  name: string,
  plan: string,
): NotificationTarget | undefined {
  return all.find((one) => one.name === name && one.plans.some((pattern) => globFits(pattern, plan)));
}

/** Plans name targets that exist and are for them. */
export function targetRule(all: readonly NotificationTarget[]): PlanRule {
  return ({ namespace, name, notify }) => {
    const plan = `${namespace}/${name}`;
    const index = notify.findIndex(({ slack }) => slack && !findTarget(all, slack.target, plan));
    if (index < 0) return undefined;
    const path = ['spec', 'notify', String(index), 'slack', 'target'];
    const names = all.filter((one) => findTarget([one], one.name, plan)).map((one) => one.name);
    const remedy = names.length > 0 ? `write one of ${names.join(', ')}` : 'ask who runs Sluice for a target';
    return {
      path,
      message: `the installation has no notification target ${notify[index]?.slack?.target} for ${plan}`,
      remedy,
    };
  };
}
