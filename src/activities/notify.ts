import { ApplicationFailure } from '@temporalio/common';
import type { ControlActivities } from '../contract/activities.ts';
import type { NotifyPlan } from '../contract/plan.ts';
import { isEmailAddress, TemporaryMailError } from '../notify/email.ts';
import { type EmailTransport, type Message, rolloutMessage, sendEmail } from '../notify/index.ts';

export interface NotifyDeps {
  /** Absent: no mail server is configured. */
  transport?: EmailTransport;
  /** Sender's bare address. */
  from?: string;
}

/**
 * Tells everybody in the plan's `notify`. What cannot be delivered is reported in `failed`; only when nobody was reached and
 * trying again may help does it throw, so that Temporal repeats the same message under the same Message-ID.
 */
export async function notify(
  { transport, from }: NotifyDeps,
  { plan, view, topic }: Parameters<ControlActivities['notify']>[0],
): Promise<{ sent: string[]; failed: string[] }> {
  const to = recipients(plan.notify);
  if (to.length === 0) return { sent: [], failed: [] };
  if (!transport || !from || !isEmailAddress(from)) {
    return {
      sent: [],
      failed: to.map((address) => `${address}: the worker has no mail server (SLUICE_SMTP_URL, SLUICE_MAIL_FROM)`),
    };
  }
  const message = rolloutMessage(view, topic, from.slice(from.lastIndexOf('@') + 1));
  return send(transport, from, to, message);
}

async function send(transport: EmailTransport, from: string, to: string[], message: Message) {
  try {
    return await sendEmail(transport, from, to, message);
  } catch (error) {
    if (error instanceof TemporaryMailError) throw ApplicationFailure.retryable(error.message, error.name);
    throw error;
  }
}

function recipients(notify: NotifyPlan[]): string[] {
  return [...new Set(notify.flatMap((entry) => entry.email.to))];
}
