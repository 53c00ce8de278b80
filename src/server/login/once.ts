import { randomBytes } from 'node:crypto';

const LIFE_MS = 5 * 60_000;
const MOST = 100;

/** Addresses that log somebody in once, soon after this process has made them. */
export class OneTimeLogins {
  readonly #known = new Map<string, { token: string; until: number }>();

  /** @param token SHA-256 of the API token that it is good for  @returns the path */
  make(token: string, now = Date.now()): string {
    const code = randomBytes(24).toString('base64url');
    this.#known.set(code, { token, until: now + LIFE_MS });
    for (const oldest of this.#known.keys()) {
      if (this.#known.size <= MOST) break;
      this.#known.delete(oldest);
    }
    return `/login?once=${code}`;
  }

  /** @returns that SHA-256; undefined: it was used, is too old, or never was */
  take(code: string, now = Date.now()): string | undefined {
    const found = this.#known.get(code);
    this.#known.delete(code);
    return found && now < found.until ? found.token : undefined;
  }
}
