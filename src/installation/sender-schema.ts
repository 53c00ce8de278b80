import { z } from 'zod';
import { dnsLabel, duration, flag, headerName, shortText, webAddress } from '../plan/schema/scalars.ts';
import { list, type Report, rule, section } from '../plan/schema/section.ts';
import { expects } from '../plan/wording.ts';
import { secret } from './metric-source-schema.ts';

const may = <Schema extends z.ZodType>(schema: Schema, meaning: string) => schema.optional().describe(meaning);

const oneOf = <Name extends string>(...names: Name[]) => z.enum(names, { error: expects(names.join(', ')) });

const SCOPE = 'plans as namespace/name, "*" for any characters: [demo/*]';
export const scope = z
  .string({ error: expects(SCOPE) })
  .regex(/^[a-z0-9*-]{1,63}\/[a-z0-9*-]{1,63}$/, { error: expects(SCOPE) });

const signature = section({
  preset: may(
    oneOf('standard-webhooks', 'github', 'gitlab', 'gitlab-token', 'harbor'),
    'A known scheme; only secrets and tolerance stand beside it; default: none',
  ),
  header: may(headerName('x-signature'), 'Header with the signature; default: what the preset says'),
  prefix: may(shortText('a text such as sha256=', 100), 'What stands before it in the header; default: nothing'),
  encoding: may(oneOf('hex', 'base64'), 'How it is written; default: hex'),
  signed: may(
    shortText('a text with {body}, for example {timestamp}.{body}', 200),
    'What HMAC-SHA-256 is made over: {body}, {id}, {timestamp}, text; default: nothing, the header is the secret itself',
  ),
  id: may(headerName('x-id'), 'Header with the id of the delivery, which is signed; default: none'),
  timestamp: may(headerName('x-timestamp'), 'Header with Unix time in seconds, which is signed; default: none'),
  tolerance: may(duration('5m', { min: '1s', max: '1h' }), 'How far it may be from our clock; default: 5m'),
  key: may(oneOf('text', 'whsec', 'hex'), 'How the secrets are written; default: text'),
  secrets: list(secret, 'where the secrets are, for example [{ env: CI_SECRET }]', { min: 1, max: 10 }).describe(
    'Where the secrets are; each of them counts, so that one can be replaced',
  ),
}).check(
  rule(['preset', 'header', 'signed', 'id', 'timestamp'], ({ preset, secrets: _, tolerance: _own, ...own }, report) => {
    if (preset) return refuseBeside(preset, own, report);
    const { header, signed = '{body}' } = own;
    if (header === undefined) report(['header'], 'is missing', 'write the header with the signature, or a preset');
    for (const part of ['id', 'timestamp'] as const) {
      if ((own[part] !== undefined) === signed.includes(`{${part}}`)) continue;
      report([part], `${part} needs a header, and {${part}} in signed`, 'write both: the rest proves nothing');
    }
    if (!signed.includes('{body}')) report(['signed'], 'the body is not signed', 'write {body} in it');
  }),
);

function refuseBeside(preset: string, own: object, report: Report): void {
  const [first] = Object.entries(own).find(([, value]) => value !== undefined) ?? [];
  if (first) report([first], `the preset ${preset} says that already`, 'remove it, or the preset');
}

const algorithm = oneOf('RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA');
export const algorithms = list(algorithm, 'a list, for example [RS256]', { min: 1 });
const place = shortText('a JSON pointer, or a text with pointers in braces: ghcr.io/{/package/name}', 500);

const SAFE = expects('an https:// address');
/** What comes over a line that anybody may change proves nothing; a line within the machine is none. */
export const safeAddress = (example: string) =>
  webAddress(example).regex(/^https:|^http:\/\/(?:127\.0\.0\.1|localhost)[:/]/, { error: SAFE });
const keysUrl = safeAddress('https://gitlab.example.com/oauth/discovery/keys');

/** Claims of which one must be asked for: everybody has tokens of these issuers. */
const OWNERS = {
  github: ['repository', 'repository_owner', 'repository_id', 'repository_owner_id'],
  gitlab: ['project_path', 'namespace_path', 'project_id', 'namespace_id'],
};

const oidc = section({
  preset: may(oneOf('github', 'gitlab'), 'A known issuer of tokens; what stands beside it goes first; default: none'),
  issuer: may(webAddress('https://gitlab.example.com'), "The tokens' `iss`; default: what the preset says"),
  keys: may(keysUrl, 'URL of its keys (JWKS); default: what the preset says'),
  algorithms: may(algorithms, 'What it signs with; default: RS256'),
  audience: shortText('the audience that jobs ask for, for example sluice', 200).describe("The tokens' `aud`"),
  claims: z
    .record(shortText('the name of a claim', 100), shortText('a pattern, for example acme/*', 500), {
      error: expects('claims, for example { repository: acme/*, environment: production }'),
    })
    .describe('What else they must say, "*" for any characters'),
  by: may(place, 'Claim that says who deploys; default: what the preset says'),
  reason: may(place, 'Claims that say why; default: what the preset says'),
  repository: may(place, 'Claim that `from` in plans means; default: what the preset says'),
}).check(
  rule(['preset', 'issuer', 'keys', 'claims'], ({ preset, issuer, keys, claims }, report) => {
    if (!preset && (!issuer || !keys)) report(['issuer'], 'issuer and keys are missing', 'write both, or a preset');
    const names = preset ? OWNERS[preset] : Object.keys(claims);
    if (names.some((name) => Object.hasOwn(claims, name) && !claims[name]?.startsWith('*'))) return;
    const remedy = `ask for ${preset ? names.join(', ') : 'a claim'}, for example { ${names[0] ?? 'sub'}: acme/* }`;
    report(['claims'], 'anybody who has tokens of this issuer could send', remedy);
  }),
);

const conditions = z.record(
  shortText('a JSON pointer', 500),
  list(shortText('a text', 500), 'a list of texts, for example [production]', { min: 1 }),
  { error: expects('conditions, for example { /environment: [production] }') },
);

const vendor = oneOf('sluice', 'cloudevents', 'cdevents', 'github', 'gitlab', 'harbor');

const read = section({
  preset: may(vendor, 'Known events; what stands beside it goes first; default: none'),
  cloudEvent: may(flag, 'CloudEvents: pointers begin at attributes, the payload is /data; default: false'),
  when: may(
    conditions,
    'Values that must stand at pointers, "*" for any characters; other events start nothing; default: none',
  ),
  each: may(place, 'List of images; pointers of image, tag and digest begin at its entries; default: none'),
  image: may(place, 'The image, with or without tag; default: what the preset says'),
  tag: may(place, 'Its tag; events without one start nothing; default: what image has'),
  digest: may(place, 'Its digest; default: none'),
  by: may(place, 'Who pushed it; default: nobody is named'),
  reason: may(place, 'Why; default: none'),
  builtAt: may(place, 'When it was built, ISO 8601 or Unix seconds; default: not known'),
  version: may(place, 'Its semantic version; default: not known'),
  id: may(place, "Id of the delivery; default: what is signed as such, the token's, or the hash of the body"),
}).check(
  rule(['preset', 'image'], ({ preset, image }, report) => {
    if (!preset && image === undefined) report(['image'], 'is missing', 'write where the image stands, or a preset');
  }),
);

const RESERVED = ['cli', 'reconcile'];

const sender = section({
  name: dnsLabel('ci')
    .refine((name) => !RESERVED.includes(name), { error: expects(`another name than ${RESERVED.join(', ')}`) })
    .describe('Name of the sender, in its address, in views and in the audit'),
  plans: list(scope, SCOPE, { min: 1 }).describe('Plans that it may send for'),
  signature: may(signature, 'How it signs; default: not, it has tokens'),
  oidc: may(oidc, 'Whose tokens it has; default: none, it signs'),
  canary: z
    .literal(true, { error: expects('true, or leave it out') })
    .optional()
    .describe(
      'It is `sluice watch`, which tells of changed canaries of plans with `source: canary` by its own key; default: it sends over HTTP',
    ),
  read: z
    .union([vendor, read], { error: expects(`one of ${vendor.options.join(', ')}, or a section`) })
    .optional()
    .describe("How its events are read; default: as the signature's preset says, otherwise sluice"),
}).check(
  rule(['signature', 'oidc', 'canary'], ({ signature, oidc, canary }, report) => {
    if ([signature, oidc, canary].filter((one) => one !== undefined).length !== 1)
      report([], 'one of signature, oidc and canary says how it proves itself', 'write one of them');
  }),
);

const EXAMPLE = '[{ name: ci, plans: [demo/*], signature: { preset: github, secrets: [{ env: CI_SECRET }] } }]';

export const senders = list(sender, `senders, for example ${EXAMPLE}`);

export type DeploySender = z.output<typeof sender>;
export type SenderSignature = z.output<typeof signature>;
export type SenderTokens = z.output<typeof oidc>;
export type SenderReading = z.output<typeof read>;
