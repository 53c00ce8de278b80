/** Durations as people write them: whole numbers with units, largest first: `500ms`, `30s`, `10m`, `6h`, `1h30m`. */
export const DURATION_PATTERN = /^(?:(\d{1,6})h)?(?:(\d{1,6})m)?(?:(\d{1,6})s)?(?:(\d{1,9})ms)?$/;

const UNITS_MS = [3_600_000, 60_000, 1_000, 1];

/** @returns milliseconds; undefined when the text is no duration */
export function parseDuration(text: string): number | undefined {
  const match = DURATION_PATTERN.exec(text);
  if (!match || text === '') return undefined;
  return UNITS_MS.reduce((sum, unit, index) => sum + Number(match[index + 1] ?? 0) * unit, 0);
}

/** Of text that the schema has let through. @throws RangeError for anything else */
export function milliseconds(text: string): number {
  const value = parseDuration(text);
  if (value === undefined) throw new RangeError(`not a duration: ${text}`);
  return value;
}

/** The shortest form that `parseDuration` reads back: `90000` → `1m30s`. */
export function formatDuration(ms: number): string {
  let rest = ms;
  const parts = UNITS_MS.map((unit, index) => {
    const count = Math.floor(rest / unit);
    rest -= count * unit;
    return count > 0 ? `${count}${['h', 'm', 's', 'ms'][index]}` : '';
  });
  return parts.join('') || '0s';
}
