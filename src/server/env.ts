/** What handlers share within one request. */
export interface AppEnv {
  /** Of Node's server; absent in another runtime. */
  Bindings: { incoming?: { socket: { remoteAddress?: string } } } | undefined;
  Variables: {
    requestId: string;
    notes: Record<string, unknown>;
    /** Counts a request of a sender that has proven who it is. @throws HttpError 429 when there are too many */
    admit(sender: string): void;
  };
}
