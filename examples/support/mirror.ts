/** Sluice's mirror from the file of an example, worker and command line as processes of their own. */
import { exitCode } from '../../lab/host/inside.ts';
import { LabError } from '../../lab/index.ts';
import type { Sluice } from '../../lab/story/index.ts';
import type { Stage } from './stage.ts';

/** From the write to Envoy, on a busy machine. */
const FOLLOWED_MS = 500;

export class Mirror {
  readonly #stage: Stage;
  readonly #sluice: Sluice;
  readonly #name: string;

  private constructor(stage: Stage, sluice: Sluice, name: string) {
    this.#stage = stage;
    this.#sluice = sluice;
    this.#name = name;
  }

  /** `sluice mirror start` with `mirror.yaml`; resolves when copies are made. @param name `<namespace>/<name>` */
  static async start(stage: Stage, name: string): Promise<Mirror> {
    const mirror = new Mirror(stage, await stage.sluice(), name);
    await mirror.#run('start', '-f', stage.file('mirror.yaml'));
    await stage.pause(FOLLOWED_MS);
    return mirror;
  }

  /** Shows it with its numbers. */
  show(): Promise<void> {
    return this.#run('get', this.#name);
  }

  async stop(): Promise<void> {
    await this.#run('stop', this.#name);
    await this.#stage.pause(FOLLOWED_MS);
  }

  /** Resolves when it has ended at its time. */
  async ended(): Promise<void> {
    await this.#run('get', this.#name, '--watch');
    await this.#stage.pause(FOLLOWED_MS);
  }

  async #run(...args: string[]): Promise<void> {
    this.#stage.say(`  $ sluice mirror ${args.map((word) => this.#stage.shown(word)).join(' ')}`);
    const code = await exitCode(this.#sluice.onTerminal(['mirror', ...args], this.#stage.signal));
    if (code !== 0) throw new LabError(`sluice mirror ${args[0]} ended with code ${code}`);
  }
}
