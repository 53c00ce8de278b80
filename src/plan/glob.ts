/** Whether a text is what a pattern says, in which `*` stands for any characters; in linear time, without a regular expression. */
export function globFits(pattern: string, text: string): boolean {
  const [first = '', ...parts] = pattern.split('*');
  const last = parts.pop();
  if (last === undefined) return text === pattern;
  if (!text.startsWith(first) || !text.endsWith(last)) return false;
  let at = first.length;
  for (const part of parts) {
    const found = text.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return at + last.length <= text.length;
}

const NAMESPACES = /^(?:[a-z0-9*]|[a-z0-9*][-a-z0-9*]{0,61}[a-z0-9*])$/;

/** Names of Kubernetes namespaces as a pattern: `demo`, `shop-*`, `*`. */
export function isNamespacePattern(text: string): boolean {
  return NAMESPACES.test(text);
}
