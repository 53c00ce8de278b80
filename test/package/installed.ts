/** The packed package in an empty folder of its own, and processes of it under a Node of one's choice. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { cp, mkdtemp, readdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';

export const ROOT = join(import.meta.dirname, '..', '..');
const run = promisify(execFile);
const QUIET = ['--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error'];

export interface Ended {
  code: number;
  stdout: string;
  stderr: string;
}

/** Builds and packs as a release does. @returns path of the tarball */
export async function pack(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-package-'));
  await run('npm', ['pack', '--pack-destination', folder], { cwd: ROOT });
  const [name = ''] = await readdir(folder);
  return join(folder, name);
}

/** Node 22 as test/package/node-22 has it locked. @returns path of its binary */
export async function installNode22(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-node-22-'));
  await cp(join(import.meta.dirname, 'node-22'), folder, { recursive: true });
  await run('npm', ['ci', ...QUIET], { cwd: folder });
  return join(folder, 'node_modules', '.bin', 'node');
}

export class Installed {
  readonly folder: string;
  readonly #node: string;

  private constructor(folder: string, node: string) {
    this.folder = folder;
    this.#node = node;
  }

  /** @param node path of the Node that npm and all processes run on */
  static async from(tarball: string, node: string): Promise<Installed> {
    const installed = new Installed(await mkdtemp(join(tmpdir(), 'sluice-installed-')), node);
    await writeFile(join(installed.folder, 'package.json'), '{ "type": "module" }');
    const { code, stderr } = await installed.run('npm', 'install', tarball, ...QUIET);
    if (code !== 0) throw new Error(stderr);
    return installed;
  }

  /** A command of the folder or of the system, to its end. */
  async run(command: string, ...args: string[]): Promise<Ended> {
    return run(command, args, { cwd: this.folder, env: this.#environment() }).then(
      ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
      ({ code, stdout, stderr }) => ({ code, stdout, stderr }),
    );
  }

  /** A command that goes on. Nothing of this machine's environment gets in but PATH; what it caches would lie in `home`. */
  start(home: string, command: string, ...args: string[]): ChildProcess {
    const { PATH } = this.#environment();
    return spawn(command, args, { cwd: this.folder, env: { PATH, HOME: home }, stdio: ['ignore', 'pipe', 'pipe'] });
  }

  #environment(): NodeJS.ProcessEnv {
    const path = [dirname(this.#node), join(this.folder, 'node_modules', '.bin'), process.env.PATH];
    return { ...process.env, PATH: path.join(delimiter) };
  }
}
