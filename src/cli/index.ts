/** What the package gives to those who follow rollouts elsewhere, a build system for example: the words, lines and exit codes of `sluice get -w`. */
export type { OfferAnswer } from '../contract/offer.ts';
export { isFinished, type RolloutView } from '../contract/view.ts';
export { factsOf } from '../notify/facts.ts';
export { parseDuration } from '../plan/duration.ts';
export { CliError } from './errors.ts';
export { EXIT, type ExitCode, offerCode, outcomeCode } from './exit-codes.ts';
export { changeLines } from './render/changes.ts';
export { renderRollout } from './render/index.ts';
export { offerLines } from './render/offer.ts';
export { clean } from './render/text.ts';
export { rolloutPath, STATUS_CODES } from './server/ask-server.ts';
export { interruptible } from './terminal/interruptible.ts';
