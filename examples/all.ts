/** Every example by its name. */
import { bookinfoReviews } from './bookinfo-reviews/story.ts';
import { forecast } from './forecast/story.ts';
import { httpbin } from './httpbin/story.ts';
import { sessionAffinity } from './session-affinity/story.ts';
import type { Example } from './support/index.ts';

export const EXAMPLES: readonly Example[] = [bookinfoReviews, httpbin, forecast, sessionAffinity];
