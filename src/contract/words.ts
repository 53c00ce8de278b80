/** Words and figures as people read them, shared by everything that shows a rollout. */
import type { CheckResult, IntervalVerdict } from './verdict.ts';
import { isFinished, type RolloutView } from './view.ts';

/** ISO 8601, of Unix time in ms. */
export function iso(ms: number): string {
  return new Date(ms).toISOString();
}

/** "1 pod", "3 pods". */
export function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** First letter in upper case. */
export function sentenceCase(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}

/** `v2@77c0a1b2c3` for `host/app:v2@sha256:77c0a1b2c3…`; the last path part when there is neither tag nor digest. */
function shortImage(image: string | undefined): string {
  if (!image) return 'unknown image';
  const [name = '', digest] = image.split('@');
  const last = name.slice(name.lastIndexOf('/') + 1);
  const tag = last.includes(':') ? last.slice(last.indexOf(':') + 1) : undefined;
  const hash = digest?.replace(/^[a-z0-9]+:/, '').slice(0, 10);
  if (tag) return hash ? `${tag}@${hash}` : tag;
  return hash ? `@${hash}` : last;
}

/** "v1 → v2", "configuration of v1" when the image stays, "v2" when nothing is known of before. */
export function describeChange(view: Pick<RolloutView, 'revision' | 'previous'>): string {
  const { revision, previous } = view;
  if (!revision) return '';
  if (!previous) return shortImage(revision.image);
  if (previous.image === revision.image) return `${shortImage(revision.image)}, new configuration`;
  return `${shortImage(previous.image)} → ${shortImage(revision.image)}`;
}

/** `8s`, `1m 05s`, `2h 03m`, `3d 04h`; negative spans count as zero. */
export function formatSpan(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  const two = (value: number) => String(value).padStart(2, '0');
  if (seconds < 60) return `${seconds}s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m ${two(seconds % 60)}s`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)}h ${two(Math.floor(seconds / 60) % 60)}m`;
  return `${Math.floor(seconds / 86_400)}d ${two(Math.floor(seconds / 3600) % 24)}h`;
}

/** Of a cluster whose queue nobody serves. */
export function unservedSentence(cluster: string, queue: string): string {
  return `No worker serves cluster ${cluster}: nobody takes work from the queue ${queue}.`;
}

/** At most two decimals, none that say nothing: `99.98 %`, `412 ms`. @param unit may be empty */
export function formatFigure(value: number, unit: string): string {
  return `${roundFigure(value, unit)} ${unit}`.trimEnd();
}

/** Two decimals; none for 10 ms and more. */
export function roundFigure(value: number, unit: string): number {
  return unit === 'ms' && Math.abs(value) >= 10 ? Math.round(value) : Math.round(value * 100) / 100;
}

/** `min 99 %`, `max 500 ms`. */
export function describeLimit(check: Pick<CheckResult, 'limit' | 'unit' | 'bound'>): string {
  return `${boundOf(check)} ${formatFigure(check.limit, check.unit)}`;
}

/** Which side of the limit is right. */
export function boundOf({ unit, bound }: Pick<CheckResult, 'unit' | 'bound'>): 'min' | 'max' {
  return bound ?? (unit === '%' ? 'min' : 'max');
}

/** What a check measured; "no data" is a word of its own and never a pass. */
export function describeValue(check: CheckResult): string {
  return check.value === undefined ? 'no data' : formatFigure(check.value, check.unit);
}

const VERDICTS: Record<IntervalVerdict, string> = {
  pass: 'pass',
  fail: 'FAIL',
  inconclusive: 'unclear',
  noAnswer: 'no data',
  canaryLost: 'CANARY LOST',
  worse: 'WORSE',
};

/** @param podsOnly no check saw requests */
export function verdictWord(verdict: IntervalVerdict, podsOnly = false): string {
  return `${VERDICTS[verdict]}${podsOnly ? ', pods only' : ''}`;
}

/** "Running", "Paused", "Needs you", … and for an ended rollout its outcome. */
export function stateWord(view: Pick<RolloutView, 'state' | 'outcome'>): string {
  const name = isFinished(view) && view.outcome ? view.outcome.kind : view.state;
  return name === 'cleaning' ? 'Cleaning up' : sentenceCase(name.replace('-', ' '));
}
