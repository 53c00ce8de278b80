/** The pages, kept up to date while somebody looks; on the server nothing of it happens, so that browsers find the same. What is shown stays, marked as old, when the connection is away. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { cleanDeep, stateWord } from 'sluice/contract';
import type { Interval, Rollout } from 'sluice/server';
import { pathOf, type RolloutRow, timeOfDay } from './data.ts';
import { ListPage, type ListPageProps } from './inbox.tsx';
import { inGroup, keepOrder, matches } from './list.ts';
import { RolloutPage, type RolloutPageProps } from './rollout.tsx';

type Listen = { [event: string]: (data: unknown) => void };

interface Feed {
  on: boolean;
  turn(): void;
  /** Since when nothing is known, ISO 8601. */
  staleSince?: string;
}

/** One connection while it is on; a browser asks again by itself, from where it was broken off. */
function useFeed(path: string, listen: Listen): Feed {
  const [on, setOn] = useState(true);
  const [staleSince, setStale] = useState<string>();
  const heard = useRef(listen);
  heard.current = listen;
  useEffect(() => {
    if (!on) return;
    const source = new EventSource(`/api/v1${path}`);
    source.onopen = () => setStale(undefined);
    source.onerror = () => setStale((since) => since ?? new Date().toISOString());
    for (const name of Object.keys(heard.current))
      source.addEventListener(name, ({ data }) => {
        setStale(undefined);
        heard.current[name]?.(cleanDeep(JSON.parse(data)));
      });
    return () => source.close();
  }, [on, path]);
  return { on, turn: () => setOn(!on), staleSince };
}

/** The server's clock goes on here, second by second, while the page lives. */
function useNow(nowMs: number, on: boolean): number {
  const [now, setNow] = useState(nowMs);
  const loaded = useRef(Date.now());
  useEffect(() => {
    if (!on) return;
    const timer = setInterval(() => setNow(nowMs + Date.now() - loaded.current), 1_000);
    return () => clearInterval(timer);
  }, [nowMs, on]);
  return now;
}

function LiveBar({ feed: { on, turn, staleSince }, trouble }: { feed: Feed; trouble?: string }) {
  const [scripts, setScripts] = useState(false);
  useEffect(() => setScripts(true), []);
  if (!scripts) return null;
  const old = on && (trouble ?? (staleSince && `the connection is away since ${timeOfDay(staleSince)}`));
  return (
    <div class="live">
      <button type="button" class="plain" aria-pressed={on} onClick={turn}>
        <span aria-hidden="true">{on ? '◉' : '○'}</span> Live
      </button>
      {old && (
        <p class="note warn" role="status">
          This may be old: {old}.
        </p>
      )}
    </div>
  );
}

const ANNOUNCE_MS = 250;

/** Told to who hears the page: changes alone, and not each of several at once. What needs somebody interrupts. */
function Announcer({ text, urgent }: { text: string; urgent: boolean }) {
  const [said, setSaid] = useState('');
  const first = useRef(text);
  useEffect(() => {
    if (text === first.current) return;
    first.current = '';
    const timer = setTimeout(() => setSaid(text), ANNOUNCE_MS);
    return () => clearTimeout(timer);
  }, [text]);
  return (
    <>
      <p class="hidden" role="status">
        {urgent ? '' : said}
      </p>
      <p class="hidden" role="alert">
        {urgent ? said : ''}
      </p>
    </>
  );
}

export function LiveRollout(props: RolloutPageProps) {
  const [rollout, setRollout] = useState(props.rollout);
  const [trouble, setTrouble] = useState<string>();
  const path = pathOf(props.rollout);
  const feed = useFeed(`${path}/events`, {
    rollout: (data) => {
      setRollout(data as Rollout);
      setTrouble(undefined);
    },
    trouble: (data) => setTrouble((data as { message: string }).message),
  });
  const nowMs = useNow(props.nowMs, feed.on);
  const intervals = useIntervals(path, props.intervals, rollout);
  const urgent = rollout.state === 'needs-you' || rollout.outcome?.kind === 'failed';
  return (
    <>
      <LiveBar feed={feed} trouble={trouble} />
      <Announcer text={`${rollout.plan}: ${stateWord(rollout)}. ${rollout.sentence}`} urgent={urgent} />
      <RolloutPage {...props} rollout={rollout} intervals={intervals} nowMs={nowMs} />
    </>
  );
}

/** Asked for again when another one has ended. */
function useIntervals(path: string, known: Interval[], rollout: Rollout): Interval[] {
  const [intervals, setIntervals] = useState(known);
  const mark = `${rollout.rollout} ${rollout.intervals.length} ${rollout.intervals.at(-1)?.at}`;
  const before = useRef(mark);
  useEffect(() => {
    if (mark === before.current) return;
    before.current = mark;
    const leave = new AbortController();
    fetch(`/api/v1${path}/intervals`, { signal: leave.signal })
      .then(async (answer) => answer.ok && setIntervals(cleanDeep(await answer.json()).intervals))
      .catch(() => undefined);
    return () => leave.abort();
  }, [mark, path]);
  return intervals;
}

export function LiveList(props: ListPageProps) {
  const [{ rows, fresh }, setRows] = useState({ rows: props.rows, fresh: 0 });
  const take = (data: unknown) => {
    const now = (data as { rollouts: RolloutRow[] }).rollouts.filter((row) => matches(row, props.filter));
    setRows((shown) => keepOrder(shown.rows, now));
  };
  // older pages have no news
  const feed = useFeed('/rollouts/events', { rollouts: props.older ? () => undefined : take });
  const nowMs = useNow(props.nowMs, feed.on);
  const waiting = rows.filter((row) => inGroup(row, 'needs-you')).length;
  return (
    <>
      <LiveBar feed={feed} />
      <Announcer text={`${waiting} need you, ${fresh} new`} urgent={false} />
      <ListPage {...props} rows={rows} fresh={fresh} nowMs={nowMs} />
    </>
  );
}
