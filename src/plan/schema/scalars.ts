/** The single values that plans are made of, each with one sentence that says what would be right. */
import { z } from 'zod';
import { DURATION_PATTERN, parseDuration } from '../duration.ts';
import { parseImage } from '../image.ts';
import { expects, showValue, wording } from '../wording.ts';

const DNS_LABEL = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
const DNS_SUBDOMAIN = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*$/;
const LABEL_KEY = /^(?:(?=.{1,253}\/)[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?\/)?[A-Za-z0-9](?:[\w.-]{0,61}[A-Za-z0-9])?$/;
const LABEL_VALUE = /^(?:[A-Za-z0-9](?:[\w.-]{0,61}[A-Za-z0-9])?)?$/;
/** Printable ASCII from one slash on: a second slash or a backslash would name another host. */
const HTTP_PATH = /^\/(?:[!-"$-.0-[\]-~][!-"$-[\]-~]*)?$/;
const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,128}$/;
const HEADER_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'] as const;

/** Patterns look neither ahead nor back, and how long a text may be stands beside them: other languages hold them too. */
const text = (pattern: RegExp, longest: number, expected: string, error = expects(expected)) =>
  z.string({ error }).max(longest, { error, abort: true }).regex(pattern, { error });

/** Header values may be credentials, so the error does not repeat them. */
export const headerValue = text(HEADER_VALUE, 4096, '', () =>
  wording('this header value is not allowed', 'write one line of text in quotes'),
);

/** The one value that may stand there. */
export const constant = <Value extends string>(value: Value) => z.literal(value, { error: expects(value) });

/** Names that also appear in labels and annotation keys. */
export const dnsLabel = (example: string) =>
  text(DNS_LABEL, 63, `a DNS label (at most 63 of a-z, 0-9 and "-"), for example ${example}`);

export const objectName = (example: string) =>
  text(DNS_SUBDOMAIN, 253, `the name of an object (a-z, 0-9, "-" and "."), for example ${example}`);

export const host = text(DNS_SUBDOMAIN, 253, 'a host as the route writes it, without port, for example reviews');

export const labels = z
  .record(
    text(LABEL_KEY, 317, 'a label key, for example version'),
    text(LABEL_VALUE, 63, 'a label value in quotes if it looks like a number, for example v2'),
    { error: expects('labels, for example { version: v2 }') },
  )
  .refine((value) => Object.keys(value).length > 0, {
    error: wording(
      'has no label',
      'write at least one label that tells canary pods apart, for example { version: v2 }',
    ),
  });

/** A duration in text of at least `min` and at most `max`, both durations themselves. */
export function duration(example: string, { min = '1ms', max = '24h' } = {}) {
  const error = expects(`a duration with units from ${min} to ${max}, for example ${example}`);
  const [least, most] = [parseDuration(min) ?? 0, parseDuration(max) ?? 0];
  return z
    .string({ error })
    .regex(DURATION_PATTERN, { error, abort: true })
    .refine((value) => inRange(parseDuration(value), least, most), { error });
}

function inRange(value: number | undefined, least: number, most: number): boolean {
  return value !== undefined && value >= least && value <= most;
}

export function whole(min: number, max: number, example: number) {
  const error = expects(`a whole number from ${min} to ${max}, for example ${example}`);
  return z.number({ error }).int({ error, abort: true }).min(min, { error }).max(max, { error });
}

/** Percent, fractions allowed. */
export const percent = (example: number) => {
  const error = expects(`percent from 0 to 100, for example ${example}`);
  return z.number({ error }).min(0, { error }).max(100, { error });
};

export const quantile = (() => {
  const error = expects('a number between 0 and 1, for example 0.99');
  return z.number({ error }).gt(0, { error }).lt(1, { error });
})();

export const flag = z.boolean({ error: expects('true or false') });

export const httpPath = text(HTTP_PATH, 2048, 'a path that begins with one "/" and has no spaces, for example /health');

export const method = z.enum(METHODS, { error: expects(`one of ${METHODS.join(', ')}`) });

export const headerName = (example: string) => text(HEADER_NAME, 128, `a header name, for example ${example}`);

export const headers = z.record(headerName('x-test'), headerValue, {
  error: expects('headers, for example { x-test: "1" }'),
});

export const shortText = (expected: string, max = 4096) => {
  const error = expects(expected);
  return z.string({ error }).min(1, { error }).max(max, { error });
};

const emailError = expects('one plain e-mail address, for example team@example.com');
/** zod's own strict pattern: no display names, no groups, no line breaks. */
export const email = z.email({ error: emailError }).max(254, { error: emailError });

export const webAddress = (example: string) =>
  z.string({ error: expects(`a URL, for example ${example}`) }).superRefine((value, context) => {
    const problem = urlProblem(value);
    const remedy = `write http:// or https://, host and port, for example ${example}`;
    if (problem) context.addIssue({ code: 'custom', message: wording(problem, remedy) });
  });

export const prometheusUrl = webAddress('http://prometheus:9090');

function urlProblem(value: string): string | undefined {
  const url = /\s/.test(value) ? undefined : (URL.parse(value) ?? undefined);
  if (!url) return 'this is not a URL';
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return `${showValue(url.protocol)} is not a web address`;
  // Never shows the value: it holds a password.
  if (url.username || url.password) return 'the URL carries a user name or password';
  return url.search || url.hash ? 'the URL carries a query or a fragment' : undefined;
}

export const imageRepository = z
  .string({ error: expects('an image name, for example registry.example.com/bookinfo/reviews') })
  .superRefine((value, context) => {
    const image = parseImage(value);
    const remedy = 'write the name alone, for example registry.example.com/bookinfo/reviews';
    if (!image)
      context.addIssue({ code: 'custom', message: wording(`${showValue(value)} is not an image name`, remedy) });
    else if (image.tag || image.digest) {
      const part = image.tag ? `the tag ${showValue(image.tag)}` : 'a digest';
      context.addIssue({
        code: 'custom',
        message: wording(`the name has ${part}, which each deploy event brings itself`, remedy),
      });
    }
  });
