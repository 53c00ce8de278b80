import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { describe, expect, it } from 'vitest';
import { composeVariables, ROOT, readCompose, readDockerfile, readProjectFile } from '../../support/compose-file.ts';

const example = readProjectFile('.env.example');
const services = readCompose({
  SLUICE_CI_SECRET: 'whsec_x',
  POSTGRES_PASSWORD: 'x',
  SLUICE_KUBECONFIG: './kubeconfig',
  SLUICE_SLACK_SECRET: 'x',
  SLUICE_SERVER_KEY: 'x',
});

describe('.env.example', () => {
  it('has every variable of docker-compose.yml with its default, and no value for the others', () => {
    const defaults = [...composeVariables()].map(([name, value]) => [name, value ?? '']);
    expect(parseEnv(example)).toEqual(Object.fromEntries(defaults));
  });

  it('explains the keys that may be left out', () => {
    for (const name of ['SLUICE_SLACK_SECRET', 'SLUICE_SERVER_KEY'])
      expect(example).toMatch(new RegExp(`^# ${name}=$`, 'm'));
  });
});

describe('environment of the Sluice containers', () => {
  /** The operator's file names variables of its own. */
  const source = `${codeOf('src')}${readProjectFile('deploy/compose/sluice.yaml')}`;
  const read = new Set(source.match(/\bSLUICE_[A-Z]+(?:_[A-Z]+)*\b/g));
  /** What only a person at a terminal sets. */
  const personal = ['SLUICE_DEBUG', 'SLUICE_TEMPORAL_BIN', 'SLUICE_SERVER', 'SLUICE_TOKEN', 'SLUICE_TOKEN_FILE'];
  /** Only refused. */
  const gone = ['SLUICE_WEBHOOK_SECRETS', 'SLUICE_ACTOR_KEY'];
  const given = new Set(
    ['setup', 'server', 'worker'].flatMap((name) => Object.keys(services[name]?.environment ?? {})),
  );

  it.each([...given, ...Object.keys(readDockerfile().env).filter((name) => name !== 'NODE_ENV')])(
    '%s is a name that the code knows',
    (name) => {
      expect(source).toMatch(new RegExp(`\\b${name}\\b`));
    },
  );

  it('has every setting that the code reads', () => {
    const needed = [...read].filter((name) => ![...personal, ...gone].includes(name));
    expect(needed.length).toBeGreaterThan(0);
    expect([...given]).toEqual(expect.arrayContaining(needed));
  });
});

/** All TypeScript of a folder as one text. */
function codeOf(folder: string): string {
  const files = readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' });
  return files
    .filter((file) => file.endsWith('.ts'))
    .map((file) => readProjectFile(join(folder, file)))
    .join('\n');
}
