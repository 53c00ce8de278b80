/** The job's own tokens: GitHub makes one whenever it is asked, good for five minutes. */
import { CliError, EXIT } from 'sluice/cli';
import { ask } from './ask.ts';
import type { Runner } from './runner.ts';

/** A token is used no longer than until so long before its end, ms. */
const SPARE_MS = 60_000;

export class JobTokens {
  readonly #runner: Runner;
  readonly #audience: string;
  #token = '';
  #until = 0;

  constructor(runner: Runner, audience: string) {
    this.#runner = runner;
    this.#audience = audience;
  }

  /** @throws CliError the job may not ask, or GitHub does not answer */
  async take(): Promise<string> {
    if (Date.now() < this.#until) return this.#token;
    const { ACTIONS_ID_TOKEN_REQUEST_URL: url, ACTIONS_ID_TOKEN_REQUEST_TOKEN: proof } = this.#runner.env;
    if (!url || !proof)
      throw new CliError(
        EXIT.notAllowed,
        'the job may not ask GitHub for a token of its own',
        'write permissions: { id-token: write } in the job; jobs of pull requests from forks have none',
      );
    const asked = new URL(url);
    asked.searchParams.set('audience', this.#audience);
    const { value } = await ask<{ value: string }>({ url: asked.href, token: () => proof });
    this.#runner.mask(value);
    this.#token = value;
    this.#until = endOf(value) - SPARE_MS;
    return value;
  }
}

/** Unix time, ms; whoever checks the token reads more of it. */
function endOf(token: string): number {
  try {
    return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()).exp * 1000;
  } catch {
    return 0;
  }
}
