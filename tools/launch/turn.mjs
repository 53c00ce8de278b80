/** Work on a folder that two processes must not do at once. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

const LOOK_MS = 200;

/** Waits while another process that lives has the turn. @param file notes who has it @param waiting called once @returns what ends it */
export async function takeTurn(file, waiting) {
  for (let looks = 0; !isTaken(file); looks += 1) {
    if (looks === 1) waiting();
    await sleep(LOOK_MS);
  }
  const end = () => rmSync(file, { force: true });
  process.once('exit', end);
  return () => {
    process.off('exit', end);
    end();
  };
}

function isTaken(file) {
  try {
    writeFileSync(file, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
    if (!isAlive(file)) rmSync(file, { force: true });
    return false;
  }
}

/** One that was killed leaves its note behind; one that begins may not have written it yet. */
function isAlive(file) {
  try {
    const owner = readFileSync(file, 'utf8');
    if (owner !== '') process.kill(Number(owner), 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}
