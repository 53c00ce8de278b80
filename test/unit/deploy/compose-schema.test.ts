import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { composeDocument, ROOT } from '../../support/compose-file.ts';

const REQUIRED = { SLUICE_CI_SECRET: 'whsec_x', POSTGRES_PASSWORD: 'x', SLUICE_KUBECONFIG: '/dev/null' };

describe('docker-compose.yml', () => {
  const problems = specification();

  it('is valid by the Compose specification', () => {
    expect(problems(composeDocument())).toEqual([]);
  });

  it('is valid for the Compose plugin, where there is one', () => {
    if (!hasComposePlugin()) return expect(problems(composeDocument())).toEqual([]);
    const config = () =>
      execFileSync('docker', ['compose', '--project-directory', ROOT, 'config', '--quiet'], {
        cwd: ROOT,
        env: { ...process.env, ...REQUIRED },
        timeout: 15_000,
      });
    expect(config).not.toThrow();
  });

  it('would be refused with an unknown key', () => {
    const document = composeDocument();
    Object.assign((document.services as { worker: object }).worker, { restrat: 'always' });
    expect(problems(document)).toEqual(['/services/worker must NOT have additional properties']);
  });
});

/** Checks against the schema of the Compose specification, as the linter dclint carries it. */
function specification(): (document: unknown) => string[] {
  const folder = dirname(createRequire(import.meta.url).resolve('dclint/package.json'));
  const text = readFileSync(join(folder, 'schemas/compose.schema.json'), 'utf8');
  const { $schema, ...schema } = JSON.parse(text) as Record<string, unknown>;
  const validate = new Ajv({ strict: false, allErrors: true, validateFormats: false }).compile(schema);
  return (document) =>
    validate(document) ? [] : (validate.errors ?? []).map((error) => `${error.instancePath} ${error.message}`);
}

function hasComposePlugin(): boolean {
  return spawnSync('docker', ['compose', 'version'], { timeout: 10_000 }).status === 0;
}
