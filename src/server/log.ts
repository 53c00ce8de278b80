import { type DestinationStream, type Logger, type LoggerOptions, pino } from 'pino';
import { safeJson } from '../contract/safe-json.ts';

/** One line of JSON per entry, with nothing in it that steers a terminal. @param to default: standard output */
export function serverLog(options: LoggerOptions = {}, to?: DestinationStream): Logger {
  const all = { name: 'sluice-server', hooks: { streamWrite: safeJson }, ...options };
  return to ? pino(all, to) : pino(all);
}
