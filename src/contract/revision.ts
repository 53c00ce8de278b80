/** What is rolled out: a pod template without identity labels plus the contents of the configuration it uses. */
export interface Revision {
  /** The first 10 hex digits of the SHA-256 over the canonical JSON of template and configuration hashes. */
  id: string;
  image: string;
  config: ConfigHash[];
}

/** What is noted of one ConfigMap's or Secret's content; the contents never leave the activity. */
export interface ConfigHash {
  kind: 'ConfigMap' | 'Secret';
  name: string;
  /** The worker's key that it was made with, as `<kid>.<mark of the key>`. Absent, never of a Secret's content: made with none. */
  kid?: string;
  /** The first 32 hex digits of HMAC-SHA-256, without a key of SHA-256; `absent` when an optional object does not exist. */
  hash: string;
}
