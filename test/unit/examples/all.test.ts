import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { EXAMPLES } from '../../../examples/all.ts';
import { loadPlanText } from '../../../src/plan/index.ts';
import { loadMirrorText } from '../../../src/plan/schema/mirror.ts';

const FOLDER = join(import.meta.dirname, '..', '..', '..', 'examples');
const files = readdirSync(FOLDER, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.yaml'));
const named = (name: string) => files.filter((file) => file.endsWith(`/${name}`));
const read = (file: string) => readFileSync(join(FOLDER, file), 'utf8');

describe('files of the examples', () => {
  it.each(named('plan.yaml'))('%s is a plan', (file) => {
    expect(loadPlanText(read(file), file)).not.toHaveProperty('problems');
  });

  it.each(named('mirror.yaml'))('%s is a mirror', (file) => {
    expect(loadMirrorText(read(file), file, 'local')).not.toHaveProperty('problems');
  });

  it.each(EXAMPLES.map(({ name }) => name))(
    '%s has manifests, files to apply by hand, and a plan or a mirror',
    (name) => {
      expect(files).toContain(`${name}/manifests.yaml`);
      expect(files.filter((file) => file.startsWith(`${name}/by-hand/`)).length).toBeGreaterThan(1);
      expect(files.filter((file) => file === `${name}/plan.yaml` || file === `${name}/mirror.yaml`)).toHaveLength(1);
    },
  );

  it.each(files.filter((file) => file.includes('/by-hand/')))('%s holds Istio objects and nothing else', (file) => {
    const objects = parseAllDocuments(read(file)).map((document) => {
      expect(document.errors).toEqual([]);
      return document.toJS() as { apiVersion: string; kind: string };
    });
    for (const { apiVersion, kind } of objects) {
      expect(apiVersion).toMatch(/^networking\.istio\.io\/v1(alpha3|beta1)$/);
      expect(['Gateway', 'DestinationRule', 'VirtualService']).toContain(kind);
    }
  });
});
