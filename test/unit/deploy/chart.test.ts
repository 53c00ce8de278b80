/** The chart without Helm: its copies, and what it renders by default, which is committed; test/package/chart.test.ts renders it anew. */
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { globSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { createProgram } from '../../../src/cli/program.ts';
import { watchInstallation } from '../../../src/installation/index.ts';
import { serverLog } from '../../../src/server/log.ts';
import { openServer } from '../../../src/server/main.ts';
import { ownPlans } from '../../../src/worker/own-plans.ts';
import { chartFiles } from '../../../tools/docs/chart.ts';
import { ROOT, readProjectFile } from '../../support/compose-file.ts';
import { containersOf, danglingNames, type Manifest, manifestsIn, podProblems } from '../../support/manifests.ts';

const chart = parse(readProjectFile('deploy/chart/Chart.yaml'));
const values = parse(readProjectFile('deploy/chart/values.yaml'));
const rendered = manifestsIn(readProjectFile('deploy/rendered/default.yaml'));

describe('deploy/chart', () => {
  it('has the words of the plain files, as `npm run docs` copies them', () => {
    const there = globSync('**/*.{yaml,json}', { cwd: join(ROOT, 'deploy/chart/files') }).sort();
    expect(there).toEqual(Object.keys(chartFiles()).sort());
    for (const [path, text] of Object.entries(chartFiles()))
      expect(readProjectFile(`deploy/chart/files/${path}`), path).toBe(text);
  });

  it('is of the version of the package, and runs the Temporal that the lab runs', () => {
    const { version } = JSON.parse(readProjectFile('package.json'));
    expect([chart.version, chart.appVersion]).toEqual([version, version]);
    const [, cli] = /github\.com\/temporalio\/cli v(\S+)/.exec(readProjectFile('lab/tools/cluster/go.mod')) ?? [];
    expect(values.temporal.dev.image).toBe(`temporalio/temporal:${cli}`);
  });

  it('has a value for each feature', () => {
    const files = globSync('*.yaml', { cwd: join(ROOT, 'deploy/features') }).map((file) => file.replace('.yaml', ''));
    expect(Object.keys(values.features).sort()).toEqual(files.sort());
  });
});

describe('deploy/rendered/default.yaml', () => {
  const isOfCluster = ({ kind }: Manifest) => /^(ClusterRole|Role|ValidatingAdmissionPolicy.*)$/.test(kind);
  const isHook = ({ metadata }: Manifest) => metadata.annotations?.['helm.sh/hook'] !== undefined;

  it('gives the rights of deploy/rbac.yaml and the policies of deploy/policies.yaml, and no others', () => {
    const plain = ['rbac', 'policies'].flatMap((name) => manifestsIn(readProjectFile(`deploy/${name}.yaml`)));
    const named = (all: Manifest[]) => Object.fromEntries(all.map((one) => [`${one.kind} ${one.metadata.name}`, one]));
    const ours = rendered.filter((one) => isOfCluster(one) && !isHook(one));
    expect(named(ours)).toEqual(named(plain.filter(isOfCluster)));
  });

  it('has pods that the profile `restricted` takes', () => {
    expect(rendered.flatMap(podProblems)).toEqual([]);
    expect(
      rendered
        .flatMap(containersOf)
        .map(({ name }) => name)
        .sort(),
    ).toEqual(['keys', 'server', 'setup', 'temporal', 'worker']);
  });

  it('names nothing that is not there but the Secret that its Job makes', () => {
    expect(danglingNames(rendered, ['Secret sluice-keys'])).toEqual([]);
  });

  it('calls commands and options that there are', () => {
    for (const { args = [], startupProbe } of rendered
      .flatMap(containersOf)
      .filter(({ image }) => image.startsWith('sluice:')))
      for (const line of [args, startupProbe?.exec?.command.slice(2) ?? []])
        if (/^[a-z]+$/.test(line[0] ?? '')) expect(unknownOptions(line)).toEqual([]);
    expect(unknownOptions(['worker', '--clusters=a'])).toEqual(['--clusters']);
  });

  it('has an installation with which server and worker start', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'chart-'));
    const text = rendered.find(({ metadata }) => metadata.name === 'sluice-installation')?.data?.['sluice.yaml'] ?? '';
    for (const name of ['plans', 'keys']) mkdirSync(join(folder, name));
    writeFileSync(join(folder, 'keys', 'ci'), `whsec_${Buffer.alloc(32, 7).toString('base64')}`);
    const pages = "extensions:\n- '@sluice/dashboard'\n";
    expect(text).toContain(pages);
    // the image has them
    writeFileSync(join(folder, 'sluice.yaml'), text.replaceAll('/etc/sluice', folder).replace(pages, ''));
    const installation = await watchInstallation(join(folder, 'sluice.yaml'));
    if ('problems' in installation) throw new Error(JSON.stringify(installation.problems));
    const server = await openServer({ installation, log: serverLog({ level: 'silent' }) });
    const answer = await server.fetch(
      new Request('http://server/hooks/deploy/ci', {
        method: 'POST',
        body: '{}',
        headers: { 'content-type': 'application/json' },
      }),
    );
    expect(await answer.json()).toMatchObject({ error: { code: 'header-missing' } });
    await server.close();
    expect(await ownPlans(installation)?.current()).toEqual({ plans: [], broken: [] });
  });
});

/** Of a command with its arguments, as a pod has them. */
function unknownOptions(line: string[]): string[] {
  const program = createProgram();
  const words = line.filter((word) => !word.startsWith('-'));
  const command = words.reduce((at, word) => at.commands.find((one) => one.name() === word) ?? at, program);
  expect(command, line.join(' ')).not.toBe(program);
  const known = [...program.options, ...command.options].map(({ long }) => long);
  return line
    .filter((word) => word.startsWith('-'))
    .map((word) => word.replace(/=.*/, ''))
    .filter((word) => !known.includes(word));
}

describe('the Job that makes keys', () => {
  const script = readProjectFile('deploy/chart/files/make-keys.mjs');

  it('is what the rendered Job runs', () => {
    const [keys] = rendered.flatMap(containersOf).filter(({ name }) => name === 'keys');
    expect(keys?.args?.[0]).toBe(script);
  });

  it('makes a key and a secret that the server takes', async () => {
    const { asked, output } = await run(201);
    expect(output).toBe('made sluice-keys\n');
    expect(asked).toMatchObject({ path: '/api/v1/namespaces/delivery/secrets', login: 'Bearer of-the-account' });
    const { metadata, stringData } = asked.secret;
    expect(metadata).toEqual({ name: 'sluice-keys' });
    expect(stringData.ci).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    expect(stringData['public-key']).toMatch(/^[\w-]{43}$/);
    const { readKey } = await import('../../../src/authority/index.ts');
    expect(readKey(stringData['server-key.json'] ?? '').id).toBe(stringData['public-key']);
  });

  it('leaves what is there, and fails where it may not', async () => {
    expect((await run(409)).output).toBe('sluice-keys is there already: it stays as it is\n');
    await expect(run(403)).rejects.toThrow('sluice-keys cannot be made: 403 refused');
  });

  /** Runs it as the pod does, at an API server that answers so. */
  async function run(status: number) {
    const account = mkdtempSync(join(tmpdir(), 'account-'));
    writeFileSync(join(account, 'namespace'), 'delivery');
    writeFileSync(join(account, 'token'), 'of-the-account\n');
    const asked: { path?: string; login?: string; secret?: unknown } = {};
    const server = createServer(async (request, response) => {
      const body = (await request.toArray()).join('');
      Object.assign(asked, { path: request.url, login: request.headers.authorization, secret: JSON.parse(body) });
      response.writeHead(status).end('refused');
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const api = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    try {
      const args = ['--input-type=module', '--eval', script, api, account];
      const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: ROOT });
      return { output: stdout, asked: asked as { secret: { metadata: object; stringData: Record<string, string> } } };
    } finally {
      server.close();
    }
  }
});
