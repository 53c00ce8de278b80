import { createHash } from 'node:crypto';
import { type Behaviours, NO_BEHAVIOURS, parseTag } from './behaviours.ts';
import { type RealImage, realImage } from './real-images.ts';

/** A container image as the lab reads it. */
export interface ParsedImage {
  /** `envoy` starts the proxy with the bootstrap named by the tag; `real` a program of the world; all else is the HTTP program. */
  kind: 'http' | 'envoy' | 'real';
  /** Of kind `real`. */
  real?: RealImage;
  /** Last path element, for instance `reviews`. */
  name: string;
  /** The whole tag, `latest` when there is none. */
  tag: string;
  /** The tag without behaviours, for instance `v2`. */
  version: string;
  behaviours: Behaviours;
  /** `name@sha256:…` as a container runtime would report it; a stable hash of the name when the image has no digest. */
  imageId: string;
}

/** The image cannot be pulled; the message says why, as a registry would. */
export class ImageError extends Error {
  override name = 'ImageError';
}

// [registry[:port]/][path/]name[:tag][@sha256:digest], after https://github.com/distribution/reference
const REFERENCE =
  /^(?<repository>(?:[a-zA-Z0-9.-]+(?::\d+)?\/)?(?:[a-z0-9._-]+\/)*(?<name>[a-z0-9._-]+))(?::(?<tag>[\w][\w.-]{0,127}))?(?:@(?<digest>sha256:[0-9a-f]{64}))?$/;

/**
 * Reads an image reference.
 * @throws ImageError when it is malformed, names an unknown behaviour, or is one that cannot be pulled (`-pull-error`).
 */
export function parseImage(image: string): ParsedImage {
  const groups = image.match(REFERENCE)?.groups;
  if (!groups?.name) throw new ImageError(`couldn't parse image name "${image}": invalid reference format`);
  const tag = groups.tag ?? 'latest';
  const digest = groups.digest ?? `sha256:${createHash('sha256').update(image).digest('hex')}`;
  const base = { name: groups.name, tag, imageId: `${groups.repository}@${digest}` };
  if (groups.name === 'envoy') return { ...base, kind: 'envoy', version: tag, behaviours: NO_BEHAVIOURS };
  const real = realImage(groups.repository ?? '');
  if (real) return { ...base, kind: 'real', real, version: tag, behaviours: NO_BEHAVIOURS };
  const { version, behaviours } = readTag(image, tag);
  if (behaviours.pullError) throw new ImageError(`failed to pull image "${image}": not found`);
  return { ...base, kind: 'http', version, behaviours };
}

function readTag(image: string, tag: string): ReturnType<typeof parseTag> {
  try {
    return parseTag(tag);
  } catch (error) {
    throw new ImageError(`failed to pull image "${image}": ${(error as Error).message}`);
  }
}
