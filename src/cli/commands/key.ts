import type { Command } from 'commander';
import { settingsOf } from '../settings.ts';
import { openTerminal, show } from '../terminal/terminal.ts';
import { writeNewFile } from './shared/write-new.ts';

/** `sluice key init` */
export function addKey(program: Command): void {
  program
    .command('key')
    .description('keys by which servers vouch for people')
    .command('init [file]')
    .description('make a private key, and show what the installation says of it')
    .addHelpText('before', 'Example:\n  sluice key init server-key.json\n')
    .addHelpText(
      'after',
      '\nThe file, server-key.json by default, is for the server alone. Workers need `servers`, and no key.',
    )
    .action((file: string | undefined, _flags: object, command: Command) => init(file ?? 'server-key.json', command));
}

async function init(file: string, command: Command): Promise<void> {
  const { newKey } = await import('../../authority/index.ts');
  const { text, id } = newKey();
  await writeNewFile(file, `${text}\n`, 0o600);
  const terminal = openTerminal(settingsOf(command));
  terminal.say(`The private key is in ${file}. Write into sluice.yaml of server and worker:`);
  show(terminal, { file, publicKey: id }, () => [
    `key: { file: ${JSON.stringify(file)} }`,
    'servers:',
    `  - { name: main, keys: [${JSON.stringify(id)}], vouchesFor: { people: ["*"], verbs: ["*"], plans: ["*/*"] } }`,
  ]);
}
