import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadPlanDir, loadPlanFile } from '../../../src/plan/index.ts';
import { changed, EXAMPLE } from '../../support/plan-text.ts';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'sluice-plans-'));
});
afterEach(() => rm(dir, { recursive: true }));

const put = (name: string, content: string | Uint8Array) => writeFile(join(dir, name), content);

describe('a directory of plans', () => {
  it('is read file by file; a broken one does not take the others down', async () => {
    await put('a.yaml', EXAMPLE);
    await put('b.yml', changed(['name: reviews, namespace', 'name: ratings, namespace'], ['40, 60', '60, 40']));
    await put('notes.txt', 'no plan');
    await put('.hidden.yaml', 'no plan');
    const { plans, broken } = await loadPlanDir(dir);
    expect(plans.map(({ file, plan }) => `${file} ${plan.name}`)).toEqual(['a.yaml reviews']);
    expect(broken.map(({ file, claims }) => `${file} ${claims.name}`)).toEqual(['b.yml ratings']);
  });

  it('uses neither of two plans with one name', async () => {
    await put('a.yaml', EXAMPLE);
    await put('b.json', EXAMPLE);
    const { plans, broken } = await loadPlanDir(dir);
    expect(plans).toEqual([]);
    expect(broken.map(({ problems }) => problems[0]?.message)).toEqual([
      'demo/reviews is also the plan in b.json',
      'demo/reviews is also the plan in a.yaml',
    ]);
  });

  it('follows links within the directory only', async () => {
    await mkdir(join(dir, '..data'));
    await put('..data/plan.yaml', EXAMPLE);
    await symlink('..data/plan.yaml', join(dir, 'inside.yaml'));
    await symlink('/etc/hostname', join(dir, 'outside.yaml'));
    const { plans, broken } = await loadPlanDir(dir);
    expect(plans.map(({ file }) => file)).toEqual(['inside.yaml']);
    expect(broken[0]?.problems[0]?.message).toBe('the link leads out of the directory');
  });

  it('names what cannot be read', async () => {
    await mkdir(join(dir, 'folder.yaml'));
    await symlink('nowhere.yaml', join(dir, 'gone.yaml'));
    const { broken } = await loadPlanDir(dir);
    expect(broken.map(({ problems }) => problems[0]?.message)).toEqual([
      'the file cannot be read (EISDIR)',
      'the file cannot be read (ENOENT)',
    ]);
  });
});

describe('a plan file', () => {
  it('that is not UTF-8 is refused', async () => {
    await put('a.yaml', Uint8Array.of(0x61, 0x3a, 0x20, 0xc3, 0x28));
    expect(await loadPlanFile(join(dir, 'a.yaml'), 'a.yaml')).toMatchObject({
      problems: [{ file: 'a.yaml', message: 'the file is not UTF-8 text', remedy: 'save it as UTF-8' }],
    });
  });

  it('of 10 MB is not read to its end', async () => {
    await put('a.yaml', 'é'.repeat(5_000_000));
    expect(await loadPlanFile(join(dir, 'a.yaml'))).toMatchObject({
      problems: [{ message: 'the file is larger than 256 KiB' }],
    });
  });
});
