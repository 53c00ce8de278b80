import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Secret } from './metric-source-schema.ts';

/** Without line breaks at its end. @throws Error that says where it should be, and nothing of it */
export async function readSecret({ file, env }: Secret, dir: string): Promise<string> {
  const where = file === undefined ? `environment variable ${env}` : `file ${file}`;
  const value = file === undefined ? process.env[env ?? ''] : await readText(file, dir);
  if (value === undefined) throw new Error(`the ${where} is not set`);
  const text = value.replace(/(?<![\r\n])[\r\n]+$/, '');
  if (text === '') throw new Error(`the ${where} is empty`);
  if (/[^\t\x20-\x7e\x80-\xff]/.test(text)) throw new Error(`the ${where} holds more than one line of text`);
  return text;
}

/** @throws Error that says which file */
export async function readText(file: string, dir: string): Promise<string> {
  return readFile(resolve(dir, file), 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new Error(`the file ${file} cannot be read (${error.code})`);
  });
}
