import { DefaultLogger } from '@temporalio/worker';
import { type DestinationStream, pino } from 'pino';
import { serverLog } from '../server/log.ts';

/** What Temporal's SDK says of activities, with what others have said in their errors. @param to default: standard error */
export function workerLog(to: DestinationStream = pino.destination(2)): DefaultLogger {
  const log = serverLog({ name: 'sluice-worker' }, to);
  return new DefaultLogger('INFO', ({ level, message, meta: { error: err, ...meta } = {} }) =>
    log[level.toLowerCase() as Lowercase<typeof level>]({ ...meta, ...(err !== undefined && { err }) }, message),
  );
}
