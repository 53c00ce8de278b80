import { Connection, defaultGrpcRetryOptions, makeGrpcRetryInterceptor } from '@temporalio/client';
import { grpcStatus, PERMISSION_DENIED, reason } from './calls.ts';
import { type CallInterceptor, failAfterClose } from './closed.ts';
import type { TemporalConfig } from './config.ts';
import { ConnectionError } from './error.ts';
import { probe } from './probe.ts';

const CONNECT_TIMEOUT = '5s';

/** Codes of gRPC's `status`. */
const UNAUTHENTICATED = 16;

/** Where there is no hope gRPC goes on trying and gives no reason, so a probe goes first. @throws ConnectionError after 7 s at most */
export async function connectTemporal(config: TemporalConfig): Promise<Connection> {
  await probe(config);
  try {
    return await Connection.connect({ ...optionsOf(config), connectTimeout: CONNECT_TIMEOUT });
  } catch (error) {
    throw accessRefusal(error, config) ?? unreachable(error, config);
  }
}

/** Connects with the first call. It may be closed while calls are under way. */
export function lazyTemporal(config: TemporalConfig): Connection {
  return Connection.lazy(optionsOf(config));
}

/** Calls are tried again as the client's default has it; interceptors that are given come in its place, as with the client. */
function optionsOf({ options }: TemporalConfig) {
  const { interceptors = [makeGrpcRetryInterceptor(defaultGrpcRetryOptions())] } = options as {
    interceptors?: CallInterceptor[];
  };
  return { ...options, interceptors: [...interceptors, failAfterClose] };
}

export function unreachable(error: unknown, { address }: TemporalConfig): ConnectionError {
  return new ConnectionError(`Temporal does not answer at ${address}: ${reason(error)}`);
}

/** @returns undefined when the error is not about who asks */
export function accessRefusal(error: unknown, { address, options }: TemporalConfig): ConnectionError | undefined {
  const status = grpcStatus(error);
  if (status !== PERMISSION_DENIED && status !== UNAUTHENTICATED) return undefined;
  const key = options.apiKey ? 'The API key may be wrong or expired' : 'It may want an API key';
  const hint = `${key}: TEMPORAL_API_KEY, or api_key of the profile.`;
  return new ConnectionError(`Temporal at ${address} says no: ${reason(error)}`, { hint, refused: true });
}
