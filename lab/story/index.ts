/**
 * What the demo and the examples share: a lab that is up for one story and gone afterwards, the words on the terminal, and
 * Sluice as it is run in production, where traffic was routed when, and why a story stopped. What it tells lives elsewhere.
 */
export { SENDER, SENDER_SECRET, writeInstallation } from './installation.ts';
export { countPhases, type PhaseCount, phasesOf, type TrafficPhase } from './phases.ts';
export { RouteLog, type RouteObject, type TrafficChange, trafficOf } from './route-log.ts';
export { runStory } from './run-story.ts';
export { clock, heading, indented, say } from './say.ts';
export { SERVER, Sluice } from './sluice.ts';
export { type Teller, tellInside } from './tell-inside.ts';
export { Watch } from './watch.ts';
