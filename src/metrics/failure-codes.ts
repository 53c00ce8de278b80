import { parseNumber } from './number.ts';

/** A response code that counts against the service: 500 and above, or 0, which proxies write when there was no answer at all. */
export function isFailure(code: string): boolean {
  const number = parseNumber(code) ?? Number.NaN;
  return number === 0 || number >= 500;
}
