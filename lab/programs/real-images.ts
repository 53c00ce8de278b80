/** An image whose container runs the program it names in the world, by its own command line. */
export interface RealImage {
  /** Folder of Python packages the program comes from (`LabState.bin`); null: the programs of this machine. */
  packages: 'httpbin' | null;
  /** As in the image's configuration: what a container's `command` replaces. */
  entrypoint: string[];
  /** What a container's `args` replace. */
  cmd: string[];
  /** The image's own variables. */
  env: Record<string, string>;
}

// gunicorn's control socket would have a path longer than sockets may have.
const GUNICORN = { GUNICORN_CMD_ARGS: '--no-control-socket' };
const HTTPBIN = ['gunicorn', '-b', '0.0.0.0:80', 'httpbin:app'];

/** By repository without registry. */
const REAL_IMAGES: Record<string, RealImage> = {
  'kennethreitz/httpbin': { packages: 'httpbin', entrypoint: [], cmd: HTTPBIN, env: GUNICORN },
  'curlimages/curl': { packages: null, entrypoint: ['curl'], cmd: [], env: {} },
  'tutum/curl': { packages: null, entrypoint: ['curl'], cmd: [], env: {} },
};

/** The real program of a repository such as `docker.io/kennethreitz/httpbin`; undefined when it is none of them. */
export function realImage(repository: string): RealImage | undefined {
  const found = Object.keys(REAL_IMAGES).find((name) => repository === name || repository.endsWith(`/${name}`));
  return found === undefined ? undefined : REAL_IMAGES[found];
}

/** The command line of a container, by the rules of `command` and `args` in a Pod. Empty: there is nothing to run. */
export function commandLine(image: RealImage, container: { command?: string[]; args?: string[] }): string[] {
  const { command, args } = container;
  return command ? [...command, ...(args ?? [])] : [...image.entrypoint, ...(args ?? image.cmd)];
}
