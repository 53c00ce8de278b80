/**
 * A call that Temporal's client tries again after its connection was closed. The client makes it in a timer of its own, where the error
 * of gRPC has nobody who catches it and ends the process. Here the call fails instead.
 */
import type { ConnectionOptions } from '@temporalio/client';

export type CallInterceptor = NonNullable<ConnectionOptions['interceptors']>[number];
type Call = ReturnType<Parameters<CallInterceptor>[1]>;

/** Stands behind the interceptor that tries again. gRPC takes any call, though its type wants one of its own class. */
export const failAfterClose = ((options, nextCall): Call => {
  try {
    return nextCall(options);
  } catch (error) {
    return failedCall((error as Error).message);
  }
}) as CallInterceptor;

/** Not to be tried again: gRPC's CANCELLED. */
const CANCELLED = 1;
const nothing = () => undefined;

function failedCall(details: string): Call {
  return {
    start(metadata, listener) {
      listener?.onReceiveMessage?.(null);
      listener?.onReceiveStatus?.({ code: CANCELLED, details, metadata });
    },
    cancelWithStatus: nothing,
    sendMessageWithContext: nothing,
    sendMessage: nothing,
    startRead: nothing,
    halfClose: nothing,
    getPeer: () => '',
    getAuthContext: () => null,
  };
}
