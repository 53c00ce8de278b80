import { Connection } from '@temporalio/client';
import { msToTs } from '@temporalio/common/lib/time.js';
import { vi } from 'vitest';
import { temporalAddress } from './harness.ts';

/** A Temporal namespace for what is one per namespace, such as the current worker version; resolves when the whole server knows it. */
export async function createNamespace(namespace: string): Promise<void> {
  const connection = await Connection.connect({ address: temporalAddress() });
  const { workflowService } = connection;
  await workflowService.registerNamespace({ namespace, workflowExecutionRetentionPeriod: msToTs('1 day') });
  await vi.waitFor(() => workflowService.listWorkflowExecutions({ namespace, pageSize: 1 }), { timeout: 20_000 });
  await connection.close();
}
