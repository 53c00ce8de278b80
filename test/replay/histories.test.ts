import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { describe, expect, test } from 'vitest';
import { WORKFLOWS } from '../../src/contract/messages.ts';
import { workflowBundle } from '../../src/worker/bundle.ts';

const HISTORIES = join(import.meta.dirname, '..', 'histories');

Runtime.install({ logger: new DefaultLogger('ERROR') });

describe('stored histories replay on the code of today', async () => {
  const codePath = await workflowBundle();
  const files = readdirSync(HISTORIES).filter((name) => name.endsWith('.json'));

  test('there are histories of every kind of ending', () => {
    const kinds = new Set(files.map((name) => name.replace(/^v[\d.]+-|\.json$/g, '')));
    const endings = ['promoted', 'failed', 'aborted', 'superseded', 'held', 'repaired'];
    expect([...kinds]).toEqual(expect.arrayContaining(endings));
  });

  test('there are histories of every workflow', () => {
    const types = files.map((name) => {
      const { events } = JSON.parse(readFileSync(join(HISTORIES, name), 'utf8'));
      return events[0].workflowExecutionStartedEventAttributes.workflowType.name;
    });
    expect([...new Set(types)].sort()).toEqual(Object.values(WORKFLOWS).sort());
  });

  test.each(files)('%s', async (name) => {
    const history: unknown = JSON.parse(readFileSync(join(HISTORIES, name), 'utf8'));
    await Worker.runReplayHistory({ workflowBundle: { codePath } }, history);
  });

  test('a history whose order of activities differs is refused', async () => {
    const text = readFileSync(join(HISTORIES, files.find((name) => name.endsWith('promoted.json')) as string), 'utf8');
    const changed: unknown = JSON.parse(text.replaceAll('"scaleCanary"', '"scaleDown"'));
    await expect(Worker.runReplayHistory({ workflowBundle: { codePath } }, changed)).rejects.toThrow(
      /[Nn]ondeterminism/,
    );
  });
});
