/** What keeps objects as Git has them. */
export interface GitObject {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace: string };
  spec: Record<string, unknown>;
}

export interface GitOps {
  /** May be changed at any time, as by a push. */
  git: GitObject[];
  /** Objects that it wrote, `Kind/name`, the newest last. */
  changes: string[];
  stop(): Promise<void>;
}
