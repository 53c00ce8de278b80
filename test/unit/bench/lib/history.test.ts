import type { WorkflowHandle } from '@temporalio/client';
import { describe, expect, it } from 'vitest';
import { firstMoment, momentsOf } from '../../../../bench/lib/history.ts';

type History = Awaited<ReturnType<WorkflowHandle['fetchHistory']>>;

function history(events: object[]): History {
  const numbered = events.map((event, index) => ({
    eventId: index + 1,
    eventTime: { seconds: 1_000 + index, nanos: 500_000 },
    ...event,
  }));
  return { events: numbered } as unknown as History;
}

const RUN = history([
  { workflowExecutionStartedEventAttributes: {} },
  { workflowTaskScheduledEventAttributes: {} },
  { workflowTaskStartedEventAttributes: {} },
  { workflowTaskCompletedEventAttributes: {} },
  { activityTaskScheduledEventAttributes: { activityType: { name: 'detect' } } },
  { activityTaskStartedEventAttributes: { scheduledEventId: 5 } },
  { activityTaskCompletedEventAttributes: { scheduledEventId: 5 } },
  { workflowTaskScheduledEventAttributes: {} },
  { workflowExecutionUpdateAcceptedEventAttributes: {} },
]);

describe('momentsOf', () => {
  it('names starts and ends of activities by their type', () => {
    const named = momentsOf(RUN).filter(({ activity }) => activity === 'detect');
    expect(named.map(({ kind }) => kind)).toEqual(['scheduled', 'started', 'completed']);
  });

  it('gives times in ms with fractions', () => {
    expect(momentsOf(RUN)[0]).toEqual({ kind: 'run started', at: 1_000_000.5 });
  });
});

describe('firstMoment', () => {
  it('is not before the given time', () => {
    const moments = momentsOf(RUN);
    expect(firstMoment(moments, 0, 'task scheduled')).toBe(1_001_000.5);
    expect(firstMoment(moments, 1_002_000, 'task scheduled')).toBe(1_007_000.5);
  });

  it('is undefined when it never happened', () => {
    expect(firstMoment(momentsOf(RUN), 0, 'started', 'route')).toBeUndefined();
  });
});
