/** `node lookers.ts`, by IPC: so many pages that listen, in a process of their own; it says when each of them was told of which share. */
import { setTimeout as sleep } from 'node:timers/promises';

interface LookingPage {
  url: string;
  token: string;
  /** As a proxy says it: one address may hold so many connections and no more. */
  from: string;
}

export interface LookOrder {
  /** What is asked, with which API token and from which address, one entry for each page. */
  pages: LookingPage[];
}

/** Canary's share in percent, and when each page that was told of it was, epoch ms. */
export type SharesTold = Record<number, number[]>;

const told: SharesTold = {};
let silent = 0;

async function listen({ url, token, from }: LookingPage): Promise<void> {
  const answer = await fetch(url, { headers: { authorization: `Bearer ${token}`, 'x-forwarded-for': from } });
  if (answer.status !== 200) throw new Error(`${url}: ${answer.status}`);
  silent -= 1;
  const decoder = new TextDecoder();
  const seen = new Set<number>();
  let text = '';
  for await (const part of answer.body ?? []) {
    text += decoder.decode(part, { stream: true });
    const events = text.split('\n\n');
    text = events.pop() ?? '';
    for (const event of events) note(event, seen);
  }
}

/** Only the first time that this page is told of a share. */
function note(event: string, seen: Set<number>): void {
  const [, share] = /^event: rollout\n[\s\S]*?"route":\{[^}]*"canary":(\d+)/m.exec(event) ?? [];
  if (share === undefined || seen.has(Number(share))) return;
  seen.add(Number(share));
  told[Number(share)] = [...(told[Number(share)] ?? []), Date.now()];
}

process.on('message', async (order: LookOrder | 'tell') => {
  if (order === 'tell') return void process.send?.(told);
  silent = order.pages.length;
  for (const page of order.pages) listen(page).catch((error) => process.send?.({ error: String(error) }));
  while (silent > 0) await sleep(50);
  process.send?.('all listen');
});
