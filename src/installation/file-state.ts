import { stat } from 'node:fs/promises';

/** Another text when the file is another one, or was written. */
export async function fileState(path: string): Promise<string> {
  try {
    const { mtimeMs, ctimeMs, size, ino } = await stat(path);
    return `${mtimeMs} ${ctimeMs} ${size} ${ino}`;
  } catch {
    return 'unreadable';
  }
}
