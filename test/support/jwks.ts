import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose';

export type Keys = Awaited<ReturnType<typeof generateKeyPair>>;

/** An issuer of tokens whose keys are asked for on this machine. */
export class TokenIssuer {
  /** What its key address answers. */
  status = 200;
  asked = 0;
  readonly #published: JWK[] = [];
  readonly #keys = new Map<string, Keys>();
  readonly #server: Server = createServer((_request, response) => {
    this.asked += 1;
    response.writeHead(this.status, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ keys: this.#published }));
  });

  static async start(): Promise<TokenIssuer> {
    const issuer = new TokenIssuer();
    await new Promise<void>((resolve) => issuer.#server.listen(0, '127.0.0.1', resolve));
    await issuer.publish('k1');
    return issuer;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/jwks`;
  }

  async publish(kid: string): Promise<Keys> {
    const keys = await generateKeyPair('RS256', { extractable: true });
    this.#keys.set(kid, keys);
    this.#published.push({ ...(await exportJWK(keys.publicKey)), kid, alg: 'RS256', use: 'sig' });
    return keys;
  }

  keys(kid = 'k1'): Keys {
    const keys = this.#keys.get(kid);
    if (!keys) throw new Error(`no key ${kid}`);
    return keys;
  }

  /** Signed with the key of `kid`, or with another one. */
  token(claims: object, kid = 'k1', { privateKey } = this.keys(kid), typ = 'JWT'): Promise<string> {
    return new SignJWT({ ...claims }).setProtectedHeader({ alg: 'RS256', kid, typ }).sign(privateKey);
  }

  close(): void {
    this.#server.close();
  }
}
