/**
 * The image that a package URL names (purl-spec, type `oci`): `pkg:oci/reviews@sha256%3A…?repository_url=registry.example.com/bookinfo/reviews`.
 * @returns the text itself where it is none
 */
export function imageOfPurl(text: string): string {
  const url = URL.parse(text);
  const [type, name, ...more] = url?.protocol === 'pkg:' ? url.pathname.split('/') : [];
  if (!url || type !== 'oci' || !name || more.length > 0) return text;
  const [own = '', digest] = name.split('@');
  const tag = url.searchParams.get('tag');
  const repository = url.searchParams.get('repository_url') ?? own;
  // of what is escaped in a name nothing but the colon could be part of an image
  return repository + (tag ? `:${tag}` : '') + (digest ? `@${digest.replace(/%3A/i, ':')}` : '');
}
