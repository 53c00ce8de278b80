/** The plain deploy event: `{"image": "registry.example.com/bookinfo/reviews:v3"}` or `{"plan": "demo/reviews"}`. */
import { z } from 'zod';
import { SEMANTIC_VERSION } from '../contract/build-order.ts';
import { parseOutsideJson } from '../contract/outside-json.ts';
import { DIGEST_PATTERN, formatImage, type ImageReference, parseImage } from '../plan/image.ts';

/** What a sender asks for, checked, the digest already part of the image. */
export interface DeployRequest {
  /** `name:tag`, `name@digest` or `name:tag@digest`. */
  image?: ImageReference;
  /** `name` or `namespace/name`. */
  plan?: string;
  by?: string;
  reason?: string;
  /** When the image was built, ISO 8601 with a time zone. */
  builtAt?: string;
  /** Semantic version of the build. */
  version?: string;
}

export interface EventProblem {
  /** Field of the body; empty for the body as a whole. */
  path: string;
  message: string;
  remedy: string;
}

const PLAN = /^(?:[a-z0-9-]{1,63}\/)?[a-z0-9-]{1,63}$/;
const line = (max: number) =>
  z
    .string()
    .trim()
    .min(1)
    .max(max)
    .regex(/^\P{Cc}*$/u);

const body = z.strictObject({
  image: z.string().optional(),
  digest: z.string().regex(DIGEST_PATTERN).optional(),
  plan: z.string().regex(PLAN).optional(),
  by: line(200).optional(),
  reason: line(1000).optional(),
  builtAt: z.iso.datetime({ offset: true }).optional(),
  version: z.string().max(100).regex(SEMANTIC_VERSION).optional(),
});

/** Body of `POST /hooks/deploy`. */
export type DeployEventBody = z.input<typeof body>;

const REMEDIES: Record<string, string> = {
  image: 'write an image with tag or digest, for example registry.example.com/bookinfo/reviews:v3',
  digest: 'write sha256: and 64 hex digits in lower case',
  plan: 'write the name of a plan, for example reviews or demo/reviews',
  by: 'write one line of at most 200 characters',
  reason: 'write one line of at most 1000 characters',
  builtAt: 'write a time with its zone, for example 2026-11-21T12:00:00Z',
  version: 'write a semantic version, for example 1.4.0',
};
const KNOWN = Object.keys(REMEDIES).join(', ');

/** Checks a deploy event that was parsed as JSON. */
export function checkDeployEvent(value: unknown): { request: DeployRequest } | { problems: EventProblem[] } {
  const parsed = body.safeParse(value);
  if (!parsed.success) return { problems: parsed.error.issues.flatMap(eventProblems) };
  const { image: text, digest, plan, by, reason, builtAt, version } = parsed.data;
  const image = text === undefined ? undefined : parseImage(text);
  const problems = imageProblems(text, image, digest, plan);
  if (problems.length > 0) return { problems };
  const build = { ...(builtAt && { builtAt }), ...(version && { version }) };
  return { request: { image: image && { ...image, digest: image.digest ?? digest }, plan, by, reason, ...build } };
}

/** The image as an event carries it. */
export function requestedImage({ image }: DeployRequest): string | undefined {
  return image && formatImage(image);
}

/** @returns undefined when it is not JSON in UTF-8 without a byte order mark */
export function parseJson(bytes: Uint8Array): { value: unknown } | undefined {
  try {
    return { value: parseOutsideJson(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)) };
  } catch {
    return undefined;
  }
}

function eventProblems(issue: z.core.$ZodIssue): EventProblem[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      path: key.slice(0, 100),
      message: 'unknown field',
      remedy: `known fields: ${KNOWN}`,
    }));
  }
  const path = issue.path.join('.');
  if (path === '') return [{ path, message: 'the body is not a JSON object', remedy: `send an object with ${KNOWN}` }];
  return [{ path, message: 'the value is not allowed', remedy: REMEDIES[path] ?? 'correct it' }];
}

function imageProblems(
  text: string | undefined,
  image: ImageReference | undefined,
  digest: string | undefined,
  plan: string | undefined,
): EventProblem[] {
  const problem = (path: string, message: string, remedy: string): EventProblem[] => [{ path, message, remedy }];
  if (text === undefined) {
    if (digest) return problem('digest', 'a digest without an image', 'send the image as well');
    return plan
      ? []
      : problem('', 'neither image nor plan', 'send an image, or the name of a plan whose configuration changed');
  }
  if (!image) return problem('image', 'not an image reference', REMEDIES.image ?? '');
  if (image.digest && digest && image.digest !== digest) {
    return problem('digest', 'differs from the digest in the image', 'send one of the two');
  }
  const pinned = image.tag ?? image.digest ?? digest;
  return pinned ? [] : problem('image', 'neither tag nor digest', REMEDIES.image ?? '');
}
