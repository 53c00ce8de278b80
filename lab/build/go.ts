/**
 * Builds the Go programs of one tools module. What limits a cold build is compiling, so nothing may be compiled twice and
 * no processor may wait: one `go build` makes all programs, and the standard library is compiled while modules download.
 */
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { TOOLS_DIR } from './cache.ts';
import { COMPILE, GO_FLAGS, TAGS } from './go-flags.ts';
import type { GoPart } from './manifest.ts';
import { outputOf, run } from './run.ts';

export interface GoJob {
  /** An empty folder, on the file system of the cache. */
  scratch: string;
  log: string;
  signal?: AbortSignal;
  /** What is going on, for people: repeated, with new numbers. */
  onDetail(text: string): void;
  /** A program is finished, at this path. */
  onProgram(part: GoPart, file: string): void;
}

/** A line per package that is not of the standard library. */
const OURS = '{{if not .Standard}}{{.ImportPath}}{{end}}';

/** @param parts all of one module */
export async function buildGo(parts: readonly GoPart[], job: GoJob): Promise<void> {
  const packages = parts.map((part) => part.package);
  const options = {
    cwd: join(TOOLS_DIR, parts[0]?.module ?? ''),
    // a compiler that collects garbage less often takes a fifth less time for large packages, and 500 MB for the largest
    env: { GOGC: '400', ...process.env, CGO_ENABLED: '0' },
    signal: job.signal,
    log: job.log,
  };
  job.onDetail('downloading, compiling the standard library');
  const [all] = await Promise.all([
    outputOf(['go', 'list', '-mod=readonly', '-tags', TAGS, '-deps', '-f', OURS, ...packages], options),
    run(['go', 'build', ...COMPILE, 'std'], options),
  ]);
  const total = lineCount(all);
  const out = join(job.scratch, 'out');
  mkdirSync(out);
  const timer = setInterval(() => job.onDetail(detail(job.log, out, parts, total)), 1000);
  try {
    await run(['go', 'build', '-v', ...GO_FLAGS, '-o', `${out}/`, ...packages], options);
  } finally {
    clearInterval(timer);
  }
  for (const part of parts) job.onProgram(part, join(out, programName(part.package)));
}

/** `go build -v` writes a line per package that is not in Go's cache. */
function detail(log: string, out: string, parts: readonly GoPart[], total: number): string {
  const compiled = lineCount(readFileSync(log, 'utf8').replace(/^go: .*$/gm, ''));
  const linked = parts.filter((part) => existsSync(join(out, programName(part.package)))).length;
  return `package ${compiled} of at most ${total}, ${linked} linked`;
}

function lineCount(text: string): number {
  return text.split('\n').filter(Boolean).length;
}

/** As Go names it: the last element of the path that is no version. */
function programName(pkg: string): string {
  return basename(pkg.replace(/\/v\d+$/, ''));
}
