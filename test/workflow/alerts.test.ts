/** The alerts, by the program that will read them. */
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ROOT } from '../support/compose-file.ts';
import { promtool } from '../support/promtool.ts';

const RULES = join(ROOT, 'deploy', 'prometheus');

test('are written as Prometheus wants them', async () => {
  expect(await promtool(['check', 'rules', join(RULES, 'rules.yaml')])).toContain('SUCCESS: 7 rules found');
});

test('fire when they should, and are silent when they should be', async () => {
  expect(await promtool(['test', 'rules', join(RULES, 'rules.test.yaml')])).toContain('SUCCESS');
});
