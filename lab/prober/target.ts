/** Where requests go; see ProberOptions for the meaning of each. */
export interface ProbeTarget {
  url: URL;
  host: string;
  proxy: URL | null;
  freshConnections: boolean;
  timeoutMs: number;
  headers: Record<string, string>;
  /** Calls by gRPC; the path is the method. */
  grpc: boolean;
}
