/** What handlers share within one request. */
export interface AppEnv {
  Variables: { requestId: string; notes: Record<string, unknown> };
}
