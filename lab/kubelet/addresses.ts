/** How long a freed address stays unused, so that no proxy sends a gone pod's traffic to a new one. */
export const QUARANTINE_MS = 60_000;

/**
 * Hands out pod addresses: 10.244.1.10–254 first, then 10.244.16.1 to 10.244.127.254. The gateway's and the mesh
 * client's addresses lie outside and are claimed by annotation.
 */
export class AddressPool {
  #used = new Map<string, string>();
  #freedAt = new Map<string, number>();
  #next = 0;

  /** @param now milliseconds of any steady clock @throws Error when every address is taken or was freed just now */
  allocate(owner: string, now: number): string {
    for (let tried = 0; tried < SIZE; tried += 1) {
      const address = addressAt(this.#next);
      this.#next = (this.#next + 1) % SIZE;
      if (this.#isFree(address, now)) return this.#take(address, owner);
    }
    throw new Error(`no pod address is free: ${this.#used.size} in use, the others were freed less than a minute ago`);
  }

  /** Takes a given address. @throws Error when another pod has it, or it is outside 10.244.0.0/16 */
  claim(address: string, owner: string): string {
    if (!/^10\.244(\.(\d|[1-9]\d|1\d\d|2[0-4]\d|25[0-5])){2}$/.test(address)) {
      throw new Error(`address ${address} is not in 10.244.0.0/16`);
    }
    const holder = this.#used.get(address);
    if (holder !== undefined && holder !== owner) throw new Error(`address ${address} is taken by pod ${holder}`);
    return this.#take(address, owner);
  }

  /** Gives an address back; without effect when another pod has it by now. */
  release(address: string, owner: string, now: number): void {
    if (this.#used.get(address) !== owner) return;
    this.#used.delete(address);
    this.#freedAt.set(address, now);
  }

  #take(address: string, owner: string): string {
    this.#used.set(address, owner);
    this.#freedAt.delete(address);
    return address;
  }

  #isFree(address: string, now: number): boolean {
    if (this.#used.has(address)) return false;
    const freedAt = this.#freedAt.get(address);
    return freedAt === undefined || now - freedAt >= QUARANTINE_MS;
  }
}

const FIRST_BLOCK = 245;
const LATER_BLOCKS = 112;
const BLOCK = 254;
const SIZE = FIRST_BLOCK + LATER_BLOCKS * BLOCK;

function addressAt(index: number): string {
  if (index < FIRST_BLOCK) return `10.244.1.${10 + index}`;
  const rest = index - FIRST_BLOCK;
  return `10.244.${16 + Math.floor(rest / BLOCK)}.${1 + (rest % BLOCK)}`;
}
