import { open } from 'node:fs/promises';

const POLL_MS = 100;
const CHUNK = 256 * 1024;

/**
 * Calls `take` with each whole line appended to a file from now on, looking every {@link POLL_MS}.
 * Envoy opens /dev/stdout anew, which a socket (Node's pipe) does not allow; so it writes to a file and we follow it.
 * @returns a function that reads what is left and stops
 */
export async function followLines(path: string, take: (line: string) => void): Promise<() => Promise<void>> {
  const file = await open(path, 'r');
  let position = (await file.stat()).size;
  let rest = Buffer.alloc(0);
  const chunk = Buffer.alloc(CHUNK);

  async function readNew(): Promise<void> {
    for (;;) {
      const { bytesRead } = await file.read(chunk, 0, CHUNK, position);
      if (bytesRead === 0) return;
      position += bytesRead;
      rest = Buffer.concat([rest, chunk.subarray(0, bytesRead)]);
      const end = rest.lastIndexOf(10);
      if (end < 0) continue;
      for (const line of rest.toString('utf8', 0, end).split('\n')) take(line);
      rest = Buffer.from(rest.subarray(end + 1));
    }
  }

  let reading = Promise.resolve();
  const timer = setInterval(() => {
    reading = reading.then(readNew).catch((error: Error) => console.error(`${path}: ${error.message}`));
  }, POLL_MS);
  return async () => {
    clearInterval(timer);
    await reading;
    await readNew();
    await file.close();
  };
}
