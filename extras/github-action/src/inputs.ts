import { CliError, EXIT, parseDuration } from 'sluice/cli';

const NAME = /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/;

/** What each may be, and how that is said. */
export const FORMS = {
  server: [
    /^(https:\/\/[^\s?#]+|http:\/\/(127\.0\.0\.1|localhost)(:\d+)?\/?)$/,
    'an https:// address, for example https://sluice.example.com',
  ],
  sender: [NAME, 'the name of a sender of the installation, for example actions'],
  image: [/^\S+(:[\w.-]+|@sha256:[0-9a-f]{64})$/, 'an image with a tag or digest, for example ghcr.io/acme/reviews:v2'],
  plan: [/^[a-z0-9-]+\/[a-z0-9.-]+$/, 'a plan as namespace/name, for example demo/reviews'],
  reason: [/^[^\r\n]{1,1000}$/, 'one line of at most 1000 characters'],
  audience: [/^\S{1,200}$/, 'the audience that the sender of the installation has, for example sluice'],
  token: [/^[\w.-]+$/, 'an API token, as sluice token create shows it'],
  cluster: [/^[^\s/*]+$/, 'the name of a cluster, for example local'],
  interval: [/^[\dhms]+$/, 'a duration from 1s to 5m, for example 5s'],
  timeout: [/^[\dhms]+$/, 'a duration, for example 50m'],
  'fail-fast': [/^(true|false)$/, 'true or false'],
  environment: [/^[^\r\n]{1,255}$/, 'the name of an environment, for example production'],
  'deployment-id': [/^\d{1,20}$/, 'the id of a GitHub Deployment, a number'],
  'github-token': [/^\S+$/, 'a token of GitHub'],
} as const satisfies Record<string, readonly [RegExp, string]>;

type InputName = keyof typeof FORMS;

const NEEDED: readonly InputName[] = ['server', 'sender'];
const DEFAULTS: Partial<Record<InputName, string>> = {
  audience: 'sluice',
  cluster: 'local',
  interval: '5s',
  'fail-fast': 'false',
};

export interface Inputs extends Partial<Record<InputName, string>> {
  /** Without a slash at its end. */
  server: string;
  sender: string;
  audience: string;
  cluster: string;
  /** Between two looks, ms. */
  intervalMs: number;
  /** Absent: as long as the job may take. */
  timeoutMs?: number;
  failFast: boolean;
}

/** @throws CliError that names each input that is wrong, and what would be right */
export function readInputs(env: NodeJS.ProcessEnv): Inputs {
  const names = Object.keys(FORMS) as InputName[];
  const given = names.map((name) => [name, env[`INPUT_${name.toUpperCase()}`]?.trim() || DEFAULTS[name]] as const);
  const read = Object.fromEntries(given) as Partial<Record<InputName, string>>;
  const faults = given.flatMap(([name, value]) => faultOf(name, value));
  const { server = '', sender = '', audience = '', cluster = '', interval = '', timeout } = read;
  const intervalMs = parseDuration(interval) ?? 0;
  const timeoutMs = timeout === undefined ? undefined : parseDuration(timeout);
  if (intervalMs < 1_000 || intervalMs > 300_000) faults.push(wrong('interval'));
  if (timeout !== undefined && !timeoutMs) faults.push(wrong('timeout'));
  if (!read.image && !read.plan) faults.push(`input image is missing: write ${FORMS.image[1]}, or input plan`);
  if ((read.environment || read['deployment-id']) && !read['github-token'])
    faults.push(`input github-token is missing: a deployment is asked for, so write ${FORMS['github-token'][1]}`);
  if (faults.length > 0) throw new CliError(EXIT.usage, [...new Set(faults)].join('\n'));
  const failFast = read['fail-fast'] === 'true';
  return { ...read, server: server.replace(/\/$/, ''), sender, audience, cluster, intervalMs, timeoutMs, failFast };
}

function faultOf(name: InputName, value: string | undefined): string[] {
  if (value === undefined) return NEEDED.includes(name) ? [`input ${name} is missing: write ${FORMS[name][1]}`] : [];
  return FORMS[name][0].test(value) ? [] : [wrong(name)];
}

/** The value is not shown: by mistake it may be a secret. */
function wrong(name: InputName): string {
  return `input ${name} is not what it must be: write ${FORMS[name][1]}`;
}
