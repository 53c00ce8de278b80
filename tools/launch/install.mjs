/** `npm ci` where node_modules is not what package-lock.json says, also after it changed. */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fail } from './fail.mjs';
import { takeTurn } from './turn.mjs';

/** npm says the reason first, and where its log is last. */
const REASON_LINES = 10;
/** Exit code of a command that Ctrl-C ended: 128 + SIGINT. */
const INTERRUPTED = 130;
/** Whatever the caller's own settings are: all of it, and no script of a package. */
const OPTIONS = [
  '--include=dev',
  '--include=optional',
  '--ignore-scripts',
  '--no-audit',
  '--no-fund',
  '--loglevel=error',
];

/** Ends the process when it cannot be installed. @param what for people @param needs paths without which nothing is installed */
export async function installUnlessThere(folder, what, ...needs) {
  const isThere = () => needs.every(existsSync) && isInstalled(folder);
  if (isThere()) return;
  // npm begins with taking away what is there, from others who install, too
  const note = join(folder, '.installing');
  const waiting = () =>
    process.stderr.write(`Another command installs ${what}: waiting for it. If there is none, delete ${note}.\n`);
  const endTurn = await takeTurn(note, waiting);
  try {
    if (!isThere()) await install(folder, what);
  } finally {
    endTurn();
  }
}

async function install(folder, what) {
  const started = Date.now();
  process.stderr.write(`Installing ${what} (npm ci) … `);
  const { code, output, interrupted } = await npmCi(folder);
  if (interrupted) fail('interrupted', INTERRUPTED);
  if (code !== 0) fail(`failed\n${gist(output)}\nnpm ci in ${folder} ended with code ${code}.`);
  process.stderr.write(`${Math.round((Date.now() - started) / 1000)} s\n`);
}

/** Compares contents: npm notes what it has installed in node_modules/.package-lock.json. */
function isInstalled(folder) {
  const wanted = packagesOf(join(folder, 'package-lock.json'));
  const there = packagesOf(join(folder, 'node_modules', '.package-lock.json'));
  if (!wanted || !there) return false;
  const isThere = ([path, one]) => {
    if (path === '') return true;
    if (!there[path]) return one.optional || !isNeeded(path, one);
    return there[path].integrity === one.integrity && existsSync(join(folder, path));
  };
  const present = Object.entries(wanted).filter(([path]) => path === '' || there[path]);
  const needed = new Set(
    present.flatMap(([, { dependencies, devDependencies }]) => Object.keys({ ...dependencies, ...devDependencies })),
  );
  // whoever has deleted a workspace needs neither it nor what it alone needs; optional ones are for other systems
  const isNeeded = (path, { link, resolved }) => {
    const workspace = link ? resolved : path;
    if (!workspace.includes('node_modules/')) return existsSync(join(folder, workspace));
    return needed.has(path.split('node_modules/').at(-1));
  };
  return Object.entries(wanted).every(isThere) && Object.keys(there).every((path) => wanted[path]);
}

function packagesOf(lockFile) {
  try {
    return JSON.parse(readFileSync(lockFile, 'utf8')).packages;
  } catch {
    return undefined;
  }
}

function npmCi(folder) {
  const child = spawn('npm', ['ci', ...OPTIONS], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (output += text));
  let interrupted = false;
  // npm takes minutes to undo what it has done; the next run begins anew anyway.
  const stop = () => {
    interrupted = true;
    child.kill('SIGKILL');
  };
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  for (const signal of signals) process.on(signal, stop);
  return new Promise((resolve) => {
    const end = (code) => {
      for (const signal of signals) process.off(signal, stop);
      resolve({ code, output, interrupted });
    };
    child.on('error', (error) => {
      output += error.message;
      end(1);
    });
    child.on('close', end);
  });
}

function gist(output) {
  const lines = output.trimEnd().split('\n');
  return [...lines.slice(0, REASON_LINES), ...lines.slice(REASON_LINES).slice(-1)].join('\n');
}
