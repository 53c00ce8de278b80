import { grpcCode, isServersFault } from './grpc-status.ts';

/**
 * What became of a request, decided once for every family of series and both ends.
 * - `answered`: with something that does not count against the service
 * - `failed`: the service answered with a failure, or the caller's own proxy did by a rule of its own
 * - `callerLeft`: whoever asked went away before the answer
 * - `neverArrived`: no pod got it
 * - `lostOnTheWay`: the proxy gave up on a pod: a reset, a time-out, half an answer
 * - `unflagged`: a failure of series without flags, so who failed is not known
 */
export type RequestOutcome = 'answered' | 'failed' | 'callerLeft' | 'neverArrived' | 'lostOnTheWay' | 'unflagged';

export const FAILURES: readonly RequestOutcome[] = ['failed', 'neverArrived', 'lostOnTheWay', 'unflagged'];

/** Labels of one series. Absent: the family has no such label; empty: this series lacks it. */
export interface OutcomeLabels {
  code?: string;
  /** gRPC status. */
  status?: string;
  /** Envoy's response flags, separated by commas; `-` for none. */
  flags?: string;
  /** `grpc` when the calls are gRPC. */
  protocol?: string;
}

/**
 * Flags with short and long names. Source: envoyproxy/envoy, source/common/stream_info/utility.h, CORE_RESPONSE_FLAGS. Istio writes
 * the short ones (istio/proxy, istio_stats.cc). What is in no set here, of a newer Envoy for instance, is taken for lost on the way.
 */
const NEVER_ARRIVED = new Set(
  (
    'UH NoHealthyUpstream UF UpstreamConnectionFailure UO UpstreamOverflow NR NoRouteFound NC NoClusterFound ' +
    'DF DnsResolutionFailed DO DropOverload UDO UnconditionalDropOverload'
  ).split(' '),
);
const LEFT = new Set('DC DownstreamConnectionTermination DR DownstreamRemoteReset'.split(' '));
/** Beside an answer that came from the pod, or from a rule of the proxy itself; `URX`: the last try was answered so. */
const ANSWERED = new Set([
  ...LEFT,
  ...(
    '- URX UpstreamRetryLimitExceeded DI DelayInjected FI FaultInjected RL RateLimited RLSE RateLimitServiceError ' +
    'UAEX UnauthorizedExternalService LH FailedLocalHealthCheck IH InvalidEnvoyRequestHeaders OM OverloadManagerTerminated ' +
    'NFCF NoFilterConfigFound RFCF ResponseFromCacheFilter DPE DownstreamProtocolError'
  ).split(' '),
]);
/** Half an answer: the connection broke after a good code was sent. */
const BROKEN = new Set('UC UpstreamConnectionTermination UR UpstreamRemoteReset UPE UpstreamProtocolError'.split(' '));

/** Micrometer's `outcome` of what is no failure of the server. */
const GOOD_WORDS = /^(success|informational|redirection|client_?error)$/i;

export function outcomeOf({ code = '', status = '', flags, protocol }: OutcomeLabels): RequestOutcome {
  const list = flags?.split(',') ?? [];
  const left = list.some((flag) => LEFT.has(flag));
  if (status !== '' || protocol === 'grpc') return ofCall(status, code, left, list, flags);
  if (/^[1-5]\d\d$/.test(code)) return ofHttp(Number(code), left, list, flags);
  // Envoy has no code when the answer had not begun; a stream that its caller resets has no flag in older ones
  if (code === '0' && (left || flags === '-')) return 'callerLeft';
  if (/^[1-4](xx)?$/i.test(code) || GOOD_WORDS.test(code)) return 'answered';
  // none at all too: a wrong name of the label must not make every request a success
  return /^\d*(xx)?$/i.test(code) ? failure(list, flags) : ofCall(code, '', left, list, flags);
}

function ofHttp(code: number, left: boolean, list: readonly string[], flags?: string): RequestOutcome {
  if (code === 499) return 'callerLeft';
  if (code >= 500) return failure(list, flags);
  // 101: a connection that was upgraded ends by one side
  return code >= 200 && code < 400 && !left && list.some((flag) => BROKEN.has(flag)) ? 'lostOnTheWay' : 'answered';
}

/** Without trailers Envoy makes a status of the HTTP code (grpc/common.cc, getGrpcStatus), so a caller who left outranks it. */
function ofCall(status: string, code: string, left: boolean, list: readonly string[], flags?: string): RequestOutcome {
  const number = grpcCode(status);
  if (left || number === 1) return 'callerLeft';
  if (status === '' && code === '0' && flags === '-') return 'callerLeft';
  return number === undefined || isServersFault(number) ? failure(list, flags) : 'answered';
}

function failure(list: readonly string[], flags: string | undefined): RequestOutcome {
  if (flags === undefined) return 'failed';
  if (flags === '') return 'unflagged';
  if (list.some((flag) => NEVER_ARRIVED.has(flag))) return 'neverArrived';
  return list.every((flag) => ANSWERED.has(flag)) ? 'failed' : 'lostOnTheWay';
}
