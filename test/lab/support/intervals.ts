import type { Plan } from '../../../src/contract/plan.ts';
import type { ClusterSluice } from '../../support/lab/sluice.ts';

export interface PastInterval {
  stage: string;
  ms: number;
  /** Requests of our own. */
  own?: number;
}

/** Every interval that counted, in order, from the workflow history. */
export async function intervalsOf(sluice: ClusterSluice, plan: Plan): Promise<PastInterval[]> {
  const { events } = await sluice.handle(plan).fetchHistory();
  const decode = (data?: Uint8Array | null) =>
    JSON.parse(Buffer.from(data ?? '').toString()) as { from: string; to: string; stage?: string; own?: number };
  const scheduled = new Map<string, { stage?: string; name?: string | null }>();
  const intervals: PastInterval[] = [];
  for (const event of events ?? []) {
    const start = event.activityTaskScheduledEventAttributes;
    if (start)
      scheduled.set(String(event.eventId), {
        name: start.activityType?.name,
        stage: decode(start.input?.payloads?.[0]?.data).stage,
      });
    const end = event.activityTaskCompletedEventAttributes;
    const began = end && scheduled.get(String(end.scheduledEventId));
    if (!end || began?.name !== 'checkInterval') continue;
    const { from, to, own } = decode(end.result?.payloads?.[0]?.data);
    intervals.push({
      stage: began.stage ?? '',
      ms: Date.parse(to) - Date.parse(from),
      ...(own !== undefined && { own }),
    });
  }
  return intervals;
}
