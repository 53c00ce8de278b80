/** One invocation of the server's handler in a process of its own: the event as a message, and the answer as another. */
import { once } from 'node:events';
import { handler } from './lambda/server.ts';

type Event = Parameters<typeof handler>[0];

const [event] = (await once(process, 'message')) as [Event];
const answer = await handler(event);
process.send?.(answer, () => process.exit(0));
