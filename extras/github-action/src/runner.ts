/** What the runner of a job is told, by lines and files. https://docs.github.com/actions/reference/workflow-commands-for-github-actions */
import { appendFileSync } from 'node:fs';
import { clean } from 'sluice/cli';

/** GitHub takes 1 MiB of a step and none of a summary that is larger. */
const SUMMARY_BYTES = 1_000_000;

export class Runner {
  readonly env: NodeJS.ProcessEnv;
  readonly #print: (line: string) => void;

  constructor(env: NodeJS.ProcessEnv, print: (line: string) => void = console.log) {
    this.env = env;
    this.#print = print;
  }

  /** A line of the log; nothing in it is a command. */
  say(line: string): void {
    this.#print(clean(line).replace(/^ *::/, '∷').replaceAll('##[', '# #['));
  }

  /** The runner shows *** for it from here on. */
  mask(secret: string): void {
    if (secret !== '') this.#print(`::add-mask::${data(secret)}`);
  }

  /** Shown beside the run, too. */
  annotate(kind: 'error' | 'warning', text: string): void {
    this.#print(`::${kind}::${data(clean(text))}`);
  }

  output(name: string, value: string): void {
    this.#append('GITHUB_OUTPUT', `${name}=${clean(value)}\n`);
  }

  summary(markdown: string): void {
    const bytes = Buffer.from(`${markdown}\n`);
    this.#append('GITHUB_STEP_SUMMARY', new TextDecoder().decode(bytes.subarray(0, SUMMARY_BYTES)));
  }

  /** Somewhere else than in a runner there are none. */
  #append(file: string, text: string): void {
    const path = this.env[file];
    if (path) appendFileSync(path, text);
  }
}

function data(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}
