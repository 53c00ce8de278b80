/** docs/architecture/next-step.md: every class of world with the step that the way to rest takes there, from the code itself. */
import { AT_REST, weighted } from '../../src/contract/intent.ts';
import { GONE, type RouteSeen, type WorkloadSeen } from '../../src/contract/world.ts';
import { nextStep } from '../../src/workflows/rollout/next-step.ts';
import type { Due, Goal, Known, Step } from '../../src/workflows/rollout/step.ts';

const SIZE = 3;
const WEIGHT = 60;
const FENCE = { epoch: 1, seq: 9 };

type Classes<T> = Record<string, T>;

const GOALS: Classes<Goal['revision']> = { previous: 'previous', new: 'new' };
const VERDICTS: Classes<boolean> = { well: false, fails: true };
const SETTLED: Classes<boolean> = { yes: true, no: false };
const CANARIES: Classes<WorkloadSeen> = { ready: pods('new', SIZE, SIZE), dead: pods('new', SIZE, 0), gone: GONE };
const ROUTES: Classes<RouteSeen> = {
  'at rest': route({ intent: AT_REST }),
  pending: route({ intent: AT_REST, status: 'pending' }),
  refused: route({ intent: AT_REST, status: 'refused' }),
  ours: route({ intent: weighted(WEIGHT) }),
  foreign: route({}),
  gone: { ...route({}), gone: true },
};
const PRIMARIES: Classes<WorkloadSeen> = {
  gone: GONE,
  'previous, all': pods('previous', SIZE, SIZE),
  'previous, some': pods('previous', SIZE, 1),
  'previous, none': pods('previous', SIZE, 0),
  'new, all': pods('new', SIZE, SIZE),
  'new, some': pods('new', SIZE, 1),
  'new, none': pods('new', SIZE, 0),
  'mixed, some': { ...pods('new', SIZE, 2), updated: 1, mixed: true },
  'foreign, all': pods('foreign', SIZE, SIZE),
  'foreign, none': pods('foreign', SIZE, 0),
};

function pods(template: WorkloadSeen['template'], wanted: number, ready: number): WorkloadSeen {
  return { uid: 'uid', template, mixed: false, wanted, ready, updated: ready, fence: FENCE };
}

function route(seen: Partial<RouteSeen>): RouteSeen {
  return { name: 'route', status: 'taken', fence: FENCE, ...seen };
}

function knownIn(revision: Goal['revision'], fails: boolean, settled: boolean): Known {
  const bounds = revision === 'new' ? 'planned' : 'found';
  const seq = settled ? 9 : 10;
  return {
    now: 0,
    epoch: 1,
    rest: AT_REST,
    found: SIZE,
    autoscaled: true,
    size: SIZE,
    touched: true,
    scheduled: { route: 9, canary: 9, primary: seq, 'primary-autoscaler': seq },
    made: { primary: { what: 'forward', seq: 9, at: -60_000 }, 'primary-autoscaler': { what: bounds, seq, at: 0 } },
    fails,
    leave: false,
    proven: true,
    anySize: false,
    left: [],
    refused: [],
    drained: false,
  };
}

/** `U R`: users to the primary, and its template restored, at once; `w P`: a wait for the primary. */
function words({ due, wait, over }: Step): string {
  const all = due.map(dueWord);
  if (wait) all.push(wait.kind === 'change' ? `w${wait.check ? ' c' : ''}` : wait.kind.slice(0, 1).toUpperCase());
  return over ? 'rest' : all.join(' ');
}

function dueWord(due: Due): string {
  if (due.what === 'route') return due.intent.canary === 0 ? 'U' : `C${due.intent.canary}`;
  return { restore: 'R', grow: 'G', shrink: 'G', fence: 'F', planned: 'B', found: 'B', zero: 'Z', remove: 'X' }[
    due.what
  ];
}

/** All cells: what is written in the row, and the step of each class of primary. */
export function nextStepRows(): { row: string[]; cells: string[] }[] {
  const rows: { row: string[]; cells: string[] }[] = [];
  for (const [goal, revision] of Object.entries(GOALS))
    for (const [routes, seen] of Object.entries(ROUTES))
      for (const [verdict, fails] of Object.entries(VERDICTS))
        for (const [canaryName, canary] of Object.entries(CANARIES))
          for (const [settledName, settled] of Object.entries(SETTLED)) {
            const known = knownIn(revision, fails, settled);
            const stepAt = (primary: WorkloadSeen) =>
              words(nextStep({ routes: [seen], primary, canary }, { revision, until: 'rest' }, known));
            rows.push({
              row: [goal, routes, canaryName, verdict, settledName],
              cells: Object.values(PRIMARIES).map(stepAt),
            });
          }
  return rows;
}

const INTRO = `# The next step

Written by \`npm run docs\` from \`nextStep\` in \`src/workflows/rollout/next-step.ts\`: every class of world with its step, for a primary
that was touched, ${SIZE} replicas with an HPA whose bounds are back, and users at ${WEIGHT} % where a route leads to the canary. Everything
in a cell is done at once; each step looks at the world again. The canary comes to rest by O, D, Z in this order.

| sign | step | sign | step |
| --- | --- | --- | --- |
| U | users to the primary | C100 | users of a dead primary to the canary |
| R | the primary's template restored | G | its size |
| F | the fence raised on it | B | its HPA's bounds put back |
| Z | the canary to zero | X | what was made for it removed |
| w | wait for a change | c | the checks go on meanwhile |
| O | see that nothing reaches the canary | D | drain |
| rest | it is over | | |

`;

export function nextStepTable(): string {
  const heads = ['goal', 'routes', 'canary', 'verdict', 'settled', ...Object.keys(PRIMARIES)];
  const line = (cells: string[]) => `| ${cells.join(' | ')} |`;
  const body = nextStepRows().map(({ row, cells }) => line([...row, ...cells]));
  return `${INTRO}${[line(heads), line(heads.map(() => '---')), ...body].join('\n')}\n`;
}
