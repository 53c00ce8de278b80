/** Where a worker ends itself: `<activity>:<before|after>:<n>`, at the n-th call in this process, from 1. */
export interface Failpoint {
  activity: string;
  /** Before the activity's effect, or after it and before Temporal is told. */
  point: 'before' | 'after';
  hit: number;
}

/** @throws RangeError that shows what would be right */
export function parseFailpoint(text: string): Failpoint {
  const [, activity, point, hit] = /^([A-Za-z]+):(before|after):([1-9]\d*)$/.exec(text) ?? [];
  if (!activity || !point || !hit) throw new RangeError(`a fail point looks like route:after:2, not "${text}"`);
  return { activity, point: point as Failpoint['point'], hit: Number(hit) };
}

export function formatFailpoint({ activity, point, hit }: Failpoint): string {
  return `${activity}:${point}:${hit}`;
}
