/** How long, how often and how much people are told, ms unless said. */
const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

/** A message that nobody took is given up after this time. */
export const TRIED_MS = DAY_MS;

/** Until the next try of a channel that is away; it doubles. */
export const FIRST_RETRY_MS = 5_000;
export const LONGEST_RETRY_MS = 15 * MINUTE_MS;

/** What Slack shows is looked at again after this time; it doubles while nothing changes. */
export const FIRST_LOOK_MS = 5_000;
export const LONGEST_LOOK_MS = 2 * MINUTE_MS;

/** Longest time until an open question is told again. */
export const LONGEST_AGAIN_MS = DAY_MS;

/** A question that was open for less and is closed before anybody was told of it is not worth a message. */
export const UNNOTICED_MS = 30_000;

/** Messages that wait for one recipient; of more the oldest are given up. */
export const MOST_WAITING = 300;
