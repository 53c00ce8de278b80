import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import { noticesWorkflowId } from '../contract/ids.ts';
import { lookSignal, remarkSignal } from '../contract/messages.ts';
import type { LookAgain, Remark } from '../contract/notice.ts';
import { within } from '../temporal/calls.ts';

/** Somebody has done something: whoever shows the rollout looks at once. Nothing to do when nobody does. */
export function lookAgain(client: Client, about: LookAgain): Promise<void> {
  return tellNotices(client, about, (notices) => notices.signal(lookSignal, about));
}

/** A reason, given afterwards: it is kept, and whoever is told of the rollout is told. */
export function remark(client: Client, about: LookAgain, said: Remark): Promise<void> {
  return tellNotices(client, about, (notices) => notices.signal(remarkSignal, said));
}

type Notices = ReturnType<Client['workflow']['getHandle']>;

async function tellNotices(
  client: Client,
  { cluster, namespace, plan }: LookAgain,
  tell: (notices: Notices) => Promise<void>,
): Promise<void> {
  const notices = client.workflow.getHandle(noticesWorkflowId(cluster, namespace, plan));
  await within(client, () => tell(notices)).catch((error) => {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
  });
}
