import { safeJson } from '../../../contract/safe-json.ts';
import { CliError, unreadable } from '../../errors.ts';
import { EXIT } from '../../exit-codes.ts';

/** Documents of one file, each with all that is in it; what others have written there steers no terminal. */
export async function yamlText(documents: readonly unknown[]): Promise<string> {
  const { stringify } = await import('yaml');
  const options = { aliasDuplicateObjects: false, lineWidth: 0 };
  const quoted = { ...options, defaultStringType: 'QUOTE_DOUBLE', defaultKeyType: 'QUOTE_DOUBLE' } as const;
  const texts = documents.map((one) => {
    const text = stringify(one, options);
    // only between quotes a character may be written as its number
    return safeJson(text) === text ? text : safeJson(stringify(one, quoted));
  });
  return texts.join('---\n');
}

/** Writes one file. @throws CliError 2 where it cannot be written, or is there: none is replaced */
export async function writeNewFile(file: string, text: string, mode?: number): Promise<void> {
  const { writeFile } = await import('node:fs/promises');
  await writeFile(file, text, { mode, flag: 'wx' }).catch((error: NodeJS.ErrnoException) => {
    const there = error.code === 'EEXIST';
    throw new CliError(EXIT.usage, there ? `${file} is there already` : `cannot write ${file}: ${error.code}`);
  });
}

/**
 * Writes files by their names into a directory, which is made.
 * @throws CliError 9 for one that is there: no file is replaced
 */
export async function writeNew(folder: string, files: Record<string, string>): Promise<void> {
  const { mkdir, writeFile } = await import('node:fs/promises');
  const { join } = await import('node:path');
  await mkdir(folder, { recursive: true });
  for (const [name, text] of Object.entries(files))
    await writeFile(join(folder, name), text, { flag: 'wx' }).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw unreadable(join(folder, name), error);
      throw new CliError(
        EXIT.conflict,
        `${join(folder, name)} is there already`,
        'Remove it, or name another directory.',
      );
    });
}
