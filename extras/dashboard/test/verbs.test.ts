import { expect, test } from 'vitest';
import { needsYouView, promotedView, runningView, stepsUpTo } from '../../../test/support/views.ts';
import { consequenceOf, needsName, offeredBy } from '../src/parts/verbs.ts';
import { rolloutOf } from './support/recorded.ts';

const running = rolloutOf(runningView());

test('what runs can be paused, promoted, given another share and aborted', () => {
  expect(offeredBy(running)).toEqual({ direct: ['pause'], asked: ['promote', 'set-weight', 'abort'] });
});

test('what is paused can be resumed, and aborted', () => {
  const paused = { by: 'ann · cli', since: running.startedAt };
  expect(offeredBy({ ...running, state: 'paused', paused }).direct).toEqual(['resume']);
});

test('before it is tested nothing is skipped', () => {
  expect(offeredBy({ ...running, steps: stepsUpTo('load') }).asked).toEqual(['abort']);
});

test('what has ended, or lost its workflow, takes nothing', () => {
  expect(offeredBy(rolloutOf(promotedView()))).toEqual({ direct: [], asked: [] });
  expect(offeredBy({ ...running, run: { id: '', status: 'lost' } })).toEqual({ direct: [], asked: [] });
});

test('an approval is rejected with a dialog, and not passed by', () => {
  const [question] = needsYouView().questions;
  if (!question) throw new Error('it asks nothing');
  const gate = { name: 'the upgrade of the primary', from: [], count: 1, notInitiator: true, approved: [] };
  expect(offeredBy({ ...running, questions: [{ ...question, gate }] }).asked).toEqual(['reject', 'abort']);
});

test('an abort says where the users are, and that a touched primary is restored first', () => {
  expect(consequenceOf('abort', running).happens.join(' ')).toContain('40 % of the users are on the canary now.');
  const upgrading = { ...running, steps: stepsUpTo('upgrade-primary') };
  expect(consequenceOf('abort', upgrading).happens.join(' ')).toContain('previous revision again');
});

test('the name is typed when nearly everybody is on the canary, or the primary is touched', () => {
  expect(needsName('abort', running)).toBe(false);
  expect(needsName('abort', { ...running, route: { primary: 20, canary: 80, mirror: 0 } })).toBe(true);
  expect(needsName('abort', { ...running, steps: stepsUpTo('probe-primary') })).toBe(true);
});
