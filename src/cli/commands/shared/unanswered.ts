import { CliError } from '../../errors.ts';
import { EXIT, type ExitCode } from '../../exit-codes.ts';

const CODES: Record<string, ExitCode> = {
  forbidden: EXIT.notAllowed,
  unauthorized: EXIT.notAllowed,
  notFound: EXIT.notFound,
  conflict: EXIT.conflict,
  invalid: EXIT.refused,
};

/** What cluster and metrics do not answer, or not as asked: what keeps from knowing is no verdict. */
export function unanswered(error: unknown): unknown {
  const { name, message, reason = '' } = error as Error & { reason?: string };
  if (!['SourceAway', 'ClusterError', 'UnknownCluster'].includes(name)) return error;
  return new CliError((name === 'ClusterError' && CODES[reason]) || EXIT.unreachable, message);
}
