/** Flux: the library and the options of kustomize-controller, see lab/tools/gitops/flux. */
import { type ChildProcess, spawn } from 'node:child_process';
import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { ensureBuilt } from '../../../lab/build/index.ts';
import { FLUX } from '../../../lab/build/manifest.ts';
import { lab } from './cluster.ts';
import type { GitObject, GitOps } from './git-ops.ts';

/** An entry of `spec.ignore` of a Kustomization. */
export interface FluxRule {
  target: { kind: string; name: string; namespace: string };
  paths: string[];
}

export class Flux implements GitOps {
  readonly changes: string[] = [];
  #git: GitObject[];
  #rules: FluxRule[] = [];
  readonly #file: string;
  #process: ChildProcess | undefined;

  private constructor(git: GitObject[]) {
    this.#git = git;
    this.#file = join(lab.dir, 'sluice', `${git[0]?.metadata.namespace}-flux.json`);
  }

  static async start(git: GitObject[]): Promise<Flux> {
    const flux = new Flux(git);
    flux.#write();
    const { flux: program = '' } = await ensureBuilt(undefined, undefined, [FLUX]);
    const env = { ...process.env, KUBECONFIG: lab.kubeconfig };
    const child = spawn(program, [flux.#file], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    createInterface({ input: child.stdout }).on('line', (line) => flux.changes.push(JSON.parse(line).subject));
    createInterface({ input: child.stderr }).on('line', (line) => flux.changes.push(`failed: ${line}`));
    flux.#process = child;
    return flux;
  }

  get git(): GitObject[] {
    return this.#git;
  }

  set git(git: GitObject[]) {
    this.#git = git;
    this.#write();
  }

  set rules(rules: FluxRule[]) {
    this.#rules = rules;
    this.#write();
  }

  /** It is read while it is written: a file is there whole or not at all. */
  #write(): void {
    const text = JSON.stringify({ name: 'shop', namespace: 'flux-system', ignore: this.#rules, objects: this.#git });
    writeFileSync(`${this.#file}.new`, text);
    renameSync(`${this.#file}.new`, this.#file);
  }

  async stop(): Promise<void> {
    const child = this.#process;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await gone;
  }
}
