/** AWS Lambda, as Temporal's worker controller invokes it. */
import { workerHandler } from '../worker.ts';

export const handler = workerHandler();
