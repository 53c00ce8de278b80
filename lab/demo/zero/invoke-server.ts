/** One invocation of the server's handler: the event as a message, and the answer as another. */
import { once } from 'node:events';
import { handler } from '../../../extras/serverless/src/lambda/server.ts';

type Event = Parameters<typeof handler>[0];

const [event] = (await once(process, 'message')) as [Event];
const answer = await handler(event);
process.send?.(answer, () => process.exit(0));
