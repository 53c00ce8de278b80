/** Where things lie on this machine. */
export interface Places {
  /** The lab's run folder. */
  dir: string;
  /** The Envoy binary. */
  envoy: string;
  /** Folder of the Python packages that the image kennethreitz/httpbin holds. */
  httpbin: string;
}
