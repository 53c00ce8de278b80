/** Commands of a page of the documents, run as a person at the lab runs them. */
import { execFile } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { lab } from './cluster.ts';

const BIN = fileURLToPath(new URL('../../../bin/sluice.mjs', import.meta.url));
const BLOCK = /^```sh\n([\s\S]*?)^```$/gm;
/** What `sluice import` says when something is to be looked at. */
const LOOK = 3;

export interface DocsPage {
  commands: string[];
  /** The next command, or with `text` the next that has it in it; those before it are run too. @throws with what it said */
  run(text?: string): Promise<string>;
  /** A command that is not on the page. */
  shell(command: string): Promise<string>;
}

/** @param namespaces of the page, and what they are called here */
export function openPage(file: string, namespaces: Record<string, string>): DocsPage {
  const texts = [...readFileSync(file, 'utf8').matchAll(BLOCK)].map(([, text = '']) => text);
  const named = Object.entries(namespaces).reduce(
    (text, [from, to]) => text.replaceAll(`-n ${from} `, `-n ${to} `).replaceAll(`-n ${from}\n`, `-n ${to}\n`),
    texts.join(''),
  );
  const commands = named.trim().split('\n');
  const cwd = mkdtempSync(join(tmpdir(), 'sluice-page-'));
  const path = programs(cwd);
  let next = 0;
  const one = async () => {
    const command = commands[next] ?? 'exit 99';
    next += 1;
    return runOne(command, cwd, path);
  };
  return {
    commands,
    shell: (command) => runOne(command, cwd, path),
    run: async (text = '') => {
      while (!commands[next]?.includes(text) && next < commands.length) await one();
      return one();
    },
  };
}

function programs(cwd: string): string {
  const bin = join(cwd, 'bin');
  mkdirSync(bin);
  const files = { sluice: `"${process.execPath}" "${BIN}"`, kubectl: `"${lab.bin.kubectl}"` };
  for (const [name, program] of Object.entries(files)) {
    writeFileSync(join(bin, name), `#!/bin/sh\nexec ${program} "$@"\n`);
    chmodSync(join(bin, name), 0o755);
  }
  return `${bin}:${process.env.PATH}`;
}

function runOne(command: string, cwd: string, path: string): Promise<string> {
  const env = { ...process.env, PATH: path, KUBECONFIG: lab.kubeconfig };
  return new Promise((resolve, reject) => {
    execFile('sh', ['-c', command], { cwd, env }, (error, stdout, stderr) => {
      const said = stdout + stderr;
      const fine = !error || (error.code === LOOK && command.includes('sluice import'));
      if (fine) resolve(said);
      else reject(new Error(`${command}: exit ${error.code}\n${said}`));
    });
  });
}
