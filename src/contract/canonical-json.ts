/**
 * JSON without spaces, keys sorted by code unit, `undefined` members left out: equal values give equal text. For JSON values
 * these are the rules of the JSON Canonicalization Scheme (RFC 8785).
 * @throws TypeError for what JSON cannot say (functions, symbols, bigints, numbers that are not finite)
 */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map((item) => canonicalJson(item ?? null)).join(',')}]`;
  if (typeof value === 'object' && value !== null) {
    const members = Object.entries(value).filter(([, member]) => member !== undefined);
    const sorted = members.sort(([a], [b]) => (a < b ? -1 : 1));
    return `{${sorted.map(([key, member]) => `${JSON.stringify(key)}:${canonicalJson(member)}`).join(',')}}`;
  }
  const sayable = value === null || ['string', 'boolean'].includes(typeof value) || Number.isFinite(value);
  if (!sayable) throw new TypeError(`JSON cannot say ${String(value)}`);
  return JSON.stringify(value);
}
