import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Informer, type Listener } from '../../../../src/kubernetes/client/informer.ts';
import type { ApiCall, Transport } from '../../../../src/kubernetes/client/transport.ts';

const calls: ApiCall[] = [];
let open = 0;

/** Its watches are quiet until they are ended. */
const transport = {
  json: async (call: ApiCall) => {
    calls.push(call);
    return { metadata: { resourceVersion: '3' } };
  },
  async *lines(call: ApiCall & { signal: AbortSignal }) {
    calls.push(call);
    open += 1;
    yield JSON.stringify({ type: 'BOOKMARK', object: { metadata: { resourceVersion: '4' } } });
    await new Promise((resolve) => call.signal.addEventListener('abort', resolve));
    open -= 1;
  },
} as unknown as Transport;

const listener = (): Listener & { begun: number } => ({
  begun: 0,
  begin() {
    this.begun += 1;
  },
  event: () => {},
  failed: () => {},
});

beforeEach(() => {
  vi.useFakeTimers();
  calls.length = 0;
});
afterEach(() => vi.useRealTimers());

it('opens nothing before somebody waits, and lets go half a minute after the last has left', async () => {
  const informer = new Informer(transport, '/api/v1/namespaces/demo/pods', 'Pods in demo');
  expect(calls).toHaveLength(0);
  const [first, second] = [listener(), listener()];
  const leaveFirst = informer.join(first);
  await vi.advanceTimersByTimeAsync(100);
  const leaveSecond = informer.join(second);
  expect([first.begun, second.begun, calls.length, open]).toEqual([1, 1, 2, 1]);
  leaveFirst();
  leaveSecond();
  await vi.advanceTimersByTimeAsync(29_000);
  informer.join(first)();
  expect([calls.length, open]).toEqual([2, 1]);
  await vi.advanceTimersByTimeAsync(31_000);
  expect(open).toBe(0);
  informer.join(first);
  await vi.advanceTimersByTimeAsync(100);
  expect([calls.length, open]).toEqual([4, 1]);
  informer.close();
});
