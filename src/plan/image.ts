/**
 * Image references after the grammar of the distribution project (`reference` package): `[domain[:port]/]path[:tag][@digest]`.
 * Names without a registry mean Docker Hub, and single words there its `library`, as every container runtime reads them.
 */
export interface ImageReference {
  /** Registry and path as written, without tag and digest: `registry.example.com/bookinfo/reviews`. */
  name: string;
  tag?: string;
  /** `sha256:` and 64 hex digits, or `sha512:` and 128. */
  digest?: string;
}

export const DIGEST_PATTERN = /^(?:sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$/;

const MAX_NAME = 255;
const MAX_REFERENCE = MAX_NAME + 1 + 128 + 1 + 135;
const DOMAIN = /^(?:\[[0-9A-Fa-f:]+\]|[A-Za-z0-9][A-Za-z0-9-]{0,62}(?:\.[A-Za-z0-9-]{1,63})*)(?::\d{1,5})?$/;
const COMPONENT = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$/;
const TAG = /^\w[\w.-]{0,127}$/;

/** @returns undefined when the text is no image reference */
export function parseImage(text: string): ImageReference | undefined {
  if (text.length > MAX_REFERENCE) return undefined;
  const [rest, digest, ...more] = text.split('@');
  if (!rest || more.length > 0 || (digest !== undefined && !DIGEST_PATTERN.test(digest))) return undefined;
  const colon = rest.indexOf(':', rest.lastIndexOf('/') + 1);
  const name = colon < 0 ? rest : rest.slice(0, colon);
  const tag = colon < 0 ? undefined : rest.slice(colon + 1);
  if (tag !== undefined && !TAG.test(tag)) return undefined;
  return isName(name) ? { name, tag, digest } : undefined;
}

/** `name:tag@digest`, without the parts that are absent. */
export function formatImage({ name, tag, digest }: ImageReference): string {
  return name + (tag ? `:${tag}` : '') + (digest ? `@${digest}` : '');
}

/** The full name that two spellings of one repository share: `reviews` → `docker.io/library/reviews`. */
export function imageName({ name }: ImageReference): string {
  const { domain, components } = splitName(name);
  const host = (domain ?? 'docker.io').toLowerCase();
  const registry = host === 'index.docker.io' ? 'docker.io' : host;
  const path = registry === 'docker.io' && components.length === 1 ? ['library', ...components] : components;
  return [registry, ...path].join('/');
}

/** Whether two references are of one repository, however each is spelled; a text that is no reference is of none. */
export function sameRepository(a: string, b: string): boolean {
  const [one, other] = [parseImage(a), parseImage(b)];
  return one !== undefined && other !== undefined && imageName(one) === imageName(other);
}

function isName(name: string): boolean {
  const { domain, components } = splitName(name);
  if (name.length > MAX_NAME || components.length === 0) return false;
  return (domain === undefined || DOMAIN.test(domain)) && components.every((part) => COMPONENT.test(part));
}

/** The first part is a registry when it could not be a path: it has a dot, a port or capitals, or is `localhost`. */
function splitName(name: string): { domain?: string; components: string[] } {
  const [first = '', ...rest] = name.split('/');
  const isDomain = rest.length > 0 && (/[.:A-Z]/.test(first) || first === 'localhost');
  return isDomain ? { domain: first, components: rest } : { components: [first, ...rest] };
}
