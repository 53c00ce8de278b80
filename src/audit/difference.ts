/** Something in an audit file that is not as it was made, or does not follow. */
export interface AuditFinding {
  /** Absent: it is about the file, not about an event. */
  run?: string;
  event?: number;
  /** Of the event or the file. */
  field: string;
  problem: string;
}

/** What the file says in `field`, against who knows it. @param who "its history says"  @returns the first difference, if there is one */
export function compare(
  about: Pick<AuditFinding, 'run' | 'event'>,
  field: string,
  [file, known]: [unknown, unknown],
  who: string,
): AuditFinding[] {
  const { run, event } = about;
  if (!isObject(file) || !isObject(known) || Array.isArray(file) !== Array.isArray(known))
    return Object.is(file, known)
      ? []
      : [{ run, event, field, problem: `the file says ${shown(file)}; ${who} ${shown(known)}` }];
  for (const name of new Set([...Object.keys(file), ...Object.keys(known)])) {
    const at = Array.isArray(file) ? `${field}[${name}]` : `${field}.${name}`;
    const found = compare(about, at, [file[name], known[name]], who);
    if (found.length > 0) return found;
  }
  return [];
}

function isObject(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === 'object';
}

function shown(value: unknown): string {
  const text = value === undefined ? 'nothing' : JSON.stringify(value);
  return text.length > 100 ? `${text.slice(0, 100)}…` : text;
}
