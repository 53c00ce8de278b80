import { expect, test } from 'vitest';
import { auditFile } from '../../../../src/audit/index.ts';
import { auditPage } from '../../../../src/cli/render/audit-page.ts';
import { runOfToday } from '../../../support/audit.ts';

const { own, ...run } = await runOfToday('v0.1.0-aborted');
const { told } = auditFile([run], own);

test('one page tells everything: outcome, people, numbers, writes, plan', () => {
  const page = auditPage(told);
  expect(page).toContain('<h1>aborted-1: aborted</h1>');
  expect(page).toContain(told.outcome?.head);
  expect(page.match(/<li class="person">/g)?.length).toBe(5);
  expect(page).toContain('route: {&quot;primary&quot;:100,&quot;canary&quot;:0,&quot;mirror&quot;:0} → {');
  expect(page).toContain('&quot;weights&quot;: [');
});

test('what came from elsewhere is text, and nothing is run or fetched', () => {
  const why = '<script>alert(1)</script><img src=x onerror=y>\u202e';
  const page = auditPage({ ...told, image: why, records: told.records.map((record) => ({ ...record, why })) });
  expect(page).not.toMatch(/<(script|img|link|iframe|a)\b|\u202e/);
  expect(page).toContain('&lt;script&gt;alert(1)');
});
