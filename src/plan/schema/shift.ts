/** How users come to the canary: weights, stages, and the way back. */
import { z } from 'zod';
import { wording } from '../wording.ts';
import { match } from './match.ts';
import { duration, whole } from './scalars.ts';
import { list, rule, section } from './section.ts';

const WEIGHTS_REMEDY = 'write whole percents from 1 to 100 that grow and end at 100, for example [20, 40, 60, 80, 100]';

/** @param place of a weight in the list's entries */
function growing<Entry>(weightOf: (entry: Entry) => unknown, ...place: string[]) {
  return z.superRefine<Entry[]>(
    (entries, context) => {
      const report = (index: number, message: string) =>
        context.addIssue({ code: 'custom', path: [index, ...place], message: wording(message, WEIGHTS_REMEDY) });
      const steps = entries.map(weightOf);
      for (const [index, weight] of steps.entries()) {
        const before = steps[index - 1];
        if (isPercent(weight) && isPercent(before) && weight <= before) {
          report(index, `${weight} does not grow (${before} comes before it)`);
        }
      }
      const last = steps.at(-1);
      if (isPercent(last) && last !== 100) report(steps.length - 1, `the last weight is ${last}, not 100`);
    },
    { when: ({ value, issues }) => Array.isArray(value) && issues.every(({ path }) => path?.length === 1) },
  );
}

const WEIGHTS = [20, 40, 60, 80, 100];
const weight = whole(1, 100, 20);
const every = duration('1m', { min: '1s' });

const weights = list(weight, 'the canary weights, for example [20, 40, 60, 80, 100]', { min: 1 }).check(
  growing<number>((one) => one),
);

const WEIGHTED =
  'write { weight: 20, every: 5m }, or { match: { header: { x-tester: "yes" } }, every: 10m } before all weights';

const stage = section({
  weight: weight.optional().describe('Canary weight in percent'),
  match: match.optional().describe('Users who come to the canary before all weights, and stay at every weight'),
  every: every.default('1m').describe('Length of one check interval of this stage'),
  iterations: whole(1, 10_000, 10).optional().describe('With match: passed intervals that the stage needs; default: 1'),
}).check(
  rule(['weight', 'match', 'iterations'], ({ weight, match, iterations }, report) => {
    if ((weight === undefined) === (match === undefined)) report([], 'a stage has a weight or a match', WEIGHTED);
    else if (iterations !== undefined && !match)
      report(['iterations'], 'a weight needs one interval that passed', 'remove iterations');
  }),
);

const stages = list(
  stage,
  'the weights with their times, for example [{ weight: 20, every: 5m }, { weight: 100, every: 1m }]',
  { min: 1 },
).check(
  growing<{ weight?: number }>((one) => one.weight, 'weight'),
  z.superRefine<z.output<typeof stage>[]>((entries, context) => {
    const first = entries.findIndex(({ weight }) => weight !== undefined);
    const late = entries.findIndex(({ match }, index) => match && first >= 0 && index > first);
    const message = wording('a match comes after a weight', 'move it before all weights');
    if (late >= 0) context.addIssue({ code: 'custom', path: [late, 'match'], message });
    if (first < 0)
      context.addIssue({
        code: 'custom',
        path: [],
        message: wording('there is no weight', `end with { weight: 100 }`),
      });
    const same = entries.findIndex(({ match }, index) => {
      const earlier = entries.findIndex((one) => JSON.stringify(one.match) === JSON.stringify(match));
      return match && earlier < index;
    });
    const again = wording('an earlier stage has this match already', 'remove one of the two');
    if (same >= 0) context.addIssue({ code: 'custom', path: [same, 'match'], message: again });
  }),
);

function isPercent(value: unknown): value is number {
  return Number.isInteger(value) && Number(value) >= 1 && Number(value) <= 100;
}

const BACK_REMEDY = 'write whole percents from 99 to 1 that shrink, for example [60, 20]; 0 comes after the last one';

const weightsBack = list(whole(1, 99, 60), 'the canary weights on the way back, for example [60, 20]', {
  min: 1,
}).superRefine((steps, context) => {
  for (const [index, weight] of steps.entries()) {
    const before = steps[index - 1];
    if (before === undefined || weight < before) continue;
    const message = wording(`${weight} does not shrink (${before} comes before it)`, BACK_REMEDY);
    context.addIssue({ code: 'custom', path: [index], message });
  }
});

const back = section({
  weights: weightsBack.describe('Canary weights in percent on the way back, shrinking; 0 comes after the last one'),
  every: duration('30s', { min: '1s' }).optional().describe('Time at each of them; default: every of the first weight'),
});

export const shift = section({
  weights: weights
    .optional()
    .describe('Canary weights in percent, growing, the last one 100; default: [20, 40, 60, 80, 100]'),
  every: every.optional().describe('Length of one check interval; a weight needs one that passed; default: 1m'),
  stages: stages
    .optional()
    .describe('Weights with a time of their own each, users who match before them, instead of weights and every'),
  back: back
    .nullish()
    .describe(
      'A gradual return after an abort or for a newer revision; default: all users at once, as always when checks fail',
    ),
}).check(
  rule(['weights', 'every', 'stages'], ({ weights, every, stages }, report) => {
    const beside = [...(weights ? ['weights'] : []), ...(every ? ['every'] : [])].join(' and ');
    if (!stages || !beside) return;
    report(['stages'], `${beside} beside stages would say the same twice`, `remove ${beside}, or stages`);
  }),
);

/** The weights, written either way. */
export function shiftStages({ weights = WEIGHTS, every = '1m', stages }: z.output<typeof shift>) {
  if (!stages) return weights.map((weight) => ({ weight, every }));
  return stages.flatMap(({ weight, every }) => (weight === undefined ? [] : { weight, every }));
}

/** The stages before all weights. */
export function matchStages({ stages = [] }: z.output<typeof shift>) {
  return stages.flatMap(({ match, every, iterations = 1 }) => (match ? { match, every, iterations } : []));
}
