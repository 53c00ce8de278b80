/** Ed25519 keys of servers. The public one, 43 characters of base64url (RFC 8037, `x`), is its own id. */
import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';

export interface ServerKey {
  /** The public key. */
  id: string;
  privateKey: KeyObject;
}

/** A new private key as one line of JSON (JWK, RFC 7517), and its public part. */
export function newKey(): { text: string; id: string } {
  const { privateKey } = generateKeyPairSync('ed25519');
  return { text: JSON.stringify(privateKey.export({ format: 'jwk' })), id: idOf(privateKey) };
}

/** @throws Error that says what it should be, and nothing of it */
export function readKey(text: string): ServerKey {
  try {
    const privateKey = createPrivateKey({ key: JSON.parse(text), format: 'jwk' });
    if (privateKey.asymmetricKeyType === 'ed25519') return { id: idOf(privateKey), privateKey };
  } catch {
    // said below, without what was read
  }
  throw new Error(
    'the key of the server is no private Ed25519 key as one line of JSON; make one with: sluice key init',
  );
}

export function publicKey(id: string): KeyObject {
  return createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: id }, format: 'jwk' });
}

function idOf(privateKey: KeyObject): string {
  return createPublicKey(privateKey).export({ format: 'jwk' }).x as string;
}
