/** What is rolled out: a pod template without identity labels plus the contents of the configuration it uses. */
export interface Revision {
  /** The first 10 hex digits of the SHA-256 over the canonical JSON of template and configuration hashes. */
  id: string;
  image: string;
  config: ConfigHash[];
}

/** Content hash of one ConfigMap or Secret; the contents never leave the activity. */
export interface ConfigHash {
  kind: 'ConfigMap' | 'Secret';
  name: string;
  /** The first 16 hex digits of SHA-256; `absent` when an optional object does not exist. */
  hash: string;
}
