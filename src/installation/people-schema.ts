/** Who may do what, and which servers are believed when they say who asks. */
import { z } from 'zod';
import { RIGHTS } from '../contract/action.ts';
import { dnsLabel, shortText } from '../plan/schema/scalars.ts';
import { list, reportRepeats, rule, section } from '../plan/schema/section.ts';
import { expects, showValue, wording } from '../plan/wording.ts';

const matching = (pattern: RegExp, expected: string, error = expects(expected)) =>
  z.string({ error }).regex(pattern, { error });

/** Never shows the value: by mistake it may be the secret itself. */
const unseen = (pattern: RegExp, what: string, command: string) =>
  matching(pattern, what, () => wording(`this is not ${what}`, `write what sluice ${command} shows`));

const personName = matching(/^(?!group:|\*)[^\p{Cc}\p{Zl}\p{Zp}]{1,64}$/u, 'a name, for example ann');
const groups = list(personName, 'a list of groups, for example [platform]');
const slackId = (example: string) => matching(/^[A-Z0-9]{1,32}$/, `an id of Slack, for example ${example}`);

const SOME = { min: 1 };

const allowed = [...RIGHTS, '*'] as const;
const verb = z.enum(allowed, { error: expects(`one of ${allowed.join(', ')}`) });
const verbs = list(verb, 'a list of verbs, for example [view, pause, abort]', SOME).describe(
  'What may be done: `view`, actions, or `*` for all of it',
);

const PLAN = /^(?:\*|[a-z0-9][a-z0-9-]*\*?)\/(?:\*|[a-z0-9][a-z0-9.-]*\*?)$/;
const plan = matching(PLAN, 'NAMESPACE/PLAN, for example demo/* or "*/*"');
const plans = list(plan, 'a list of plans, for example [demo/*]', SOME).describe(
  'To which plans, as `namespace/plan`; a `*` ends the beginning of a name, or stands for all',
);

const cluster = matching(/^(?:\*|[^*\s/]+\*?)$/, 'the name of a cluster, or "*"');
const clusters = list(cluster, 'a list of clusters', SOME).default(['*']).describe('In which clusters');

const grant = section({ verbs, plans, clusters });
const grants = list(grant, 'a list, for example [{ verbs: [view, abort], plans: [demo/*] }]');

const sha256 = unseen(/^[0-9a-f]{64}$/, 'the SHA-256 of a token', 'token create');
const time = z.iso.datetime({ offset: true, error: expects('a time, for example "2027-01-31T00:00:00Z"') });
const token = section({
  sha256: sha256.describe('SHA-256 of the token, in hex'),
  expires: time.describe('When it ends to be good'),
  may: grants.optional().describe('What of the rights of the person it is for; default: all of them'),
});

const slack = section({
  enterprise: slackId('E1DC2JH3J')
    .optional()
    .describe('Id of the organisation; without a team the user is meant in all of its teams; default: whichever'),
  team: slackId('T1DC2JH3J').optional().describe('Id of the team; default: any of the organisation'),
  user: slackId('U2CERLKJA').describe('Id of the user'),
}).check(
  rule(['enterprise', 'team'], ({ enterprise, team }, report) => {
    if (!enterprise && !team) report([], 'the user alone may be several people', 'write team, enterprise or both');
  }),
);

const known = section({
  provider: dnsLabel('corp').describe('Name of the identity provider'),
  subject: shortText('a text, for example ann@example.com', 255).describe('What its tokens say of the person, exactly'),
});

const person = section({
  name: personName.describe('As approvals ask for it, and as the audit shows it'),
  groups: groups.default([]).describe('Groups that the person is in, for approvals'),
  slack: list(slack, 'a list of ids, for example [{ team: T1DC2JH3J, user: U2CERLKJA }]')
    .default([])
    .describe('Who that is in Slack'),
  oidc: list(known, 'a list, for example [{ provider: corp, subject: ann@example.com }]')
    .default([])
    .describe('Who that is to identity providers'),
  tokens: list(token, 'a list of tokens, as sluice token create shows it')
    .default([])
    .describe('API tokens by which a server knows the person'),
  may: grants.default([]).describe('What the person may do; nothing else'),
});

const MANY = { max: 10_000 };
const PEOPLE = 'a list of people, for example [{ name: ann, may: [{ verbs: [view], plans: [demo/*] }] }]';
export const people = list(person, PEOPLE, MANY)
  .superRefine((entries, context) => {
    refuseRepeats(context, entries, 'name', ({ name }) => [name]);
    refuseRepeats(context, entries, 'slack', (one) =>
      one.slack.map(({ enterprise = '', team = '', user }) => `${enterprise} ${team} ${user}`.trim()),
    );
    refuseRepeats(context, entries, 'oidc', (one) => one.oidc.map((who) => `${who.provider} ${who.subject}`));
    refuseRepeats(context, entries, 'tokens', ({ tokens }) => tokens.map((one) => one.sha256));
  })
  .describe('Who may do what; nobody else may do anything');

const key = unseen(/^[A-Za-z0-9_-]{43}$/, 'a public key', 'key init');
const somebody = matching(/^[^\p{Cc}]{1,64}$/u, 'a name, or "*"');
const vouchesFor = section({
  people: list(somebody, 'a list of people, for example ["*"]').describe(
    'For whom it speaks; `*` as in plans; []: for nobody',
  ),
  senders: list(somebody, 'a list of senders, for example ["*"]')
    .optional()
    .describe('For which senders of deploy events; default: for all'),
  verbs,
  plans,
});

const server = section({
  name: shortText('a name, for example main', 64).describe('As refusals call it'),
  keys: list(key, 'a list of public keys', SOME).describe('Its public keys, several while one is being replaced'),
  vouchesFor: vouchesFor.describe('What is believed when it says it; the rights of the person count as well'),
});

export const servers = list(server, 'a list of servers, as sluice key init shows it')
  .superRefine((entries, context) => {
    refuseRepeats(context, entries, 'name', ({ name }) => [name]);
    refuseRepeats(context, entries, 'keys', ({ keys }) => keys);
  })
  .describe('Servers that may say who asks; workers believe no other');

/** One name, id, token or key means one of them. */
function refuseRepeats<Entry>(
  context: z.core.$RefinementCtx,
  entries: readonly Entry[],
  field: string,
  keysOf: (entry: Entry) => string[],
): void {
  const all = entries.flatMap((entry, index) => keysOf(entry).map((text) => ({ text, path: [index, field] })));
  const report = (at: number, text: string, first: number) => {
    const message = wording(`${showValue(text)} is that of entry ${all[first]?.path[0]} already`, 'write it once');
    context.addIssue({ code: 'custom', path: all[at]?.path ?? [], message });
  };
  reportRepeats(all, ({ text }) => text, report);
}

export type Person = z.output<typeof person>;
export type Server = z.output<typeof server>;
export type Grant = z.output<typeof grant>;
