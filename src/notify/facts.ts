import { describeMatch } from '../contract/intent.ts';
import type { Notice, NoticeView, NotifyInput } from '../contract/notice.ts';
import type { Question } from '../contract/question.ts';
import { answerCommands, askedText, effectsOf, targetOf } from '../contract/question-words.ts';
import type { StepState } from '../contract/steps.ts';
import { isFinished } from '../contract/view.ts';
import {
  describeChange,
  describeLimit,
  describeValue,
  formatFigure,
  formatSpan,
  plural,
  sentenceCase,
  stateWord,
  verdictWord,
} from '../contract/words.ts';

/** What a message says, in the order of importance; text and HTML show the same facts. */
export interface MessageFacts {
  /** Outcome or question in one sentence. */
  verdict: string;
  /** For its colour. */
  tone: 'good' | 'bad' | 'person' | 'neutral';
  /** What a person is asked, and what each answer does. */
  asked: [label: string, text: string][];
  /** Label and value, one per line. */
  lines: [label: string, value: string][];
  /** Pages that help, by name. */
  links: [name: string, url: string][];
  checks: { name: string; value: string; limit: string; verdict: string; requests: number }[];
  actions: string[];
  warnings: string[];
  /** The rest, under titles; the label of a line may be empty. */
  sections: [title: string, lines: [label: string, text: string][]][];
  /** The next commands to type. */
  commands: string[];
}

const STEP_WORDS: Record<StepState, string> = {
  pending: 'not reached',
  running: 'under way',
  done: 'done',
  skipped: 'skipped',
  failed: 'FAILED',
};

/** @param head of the audit of what has ended */
export function factsOf(view: NoticeView, head?: string): MessageFacts {
  const checks = (view.lastInterval?.checks ?? []).map((check) => ({
    name: check.name,
    value: describeValue(check),
    limit: describeLimit(check),
    verdict: verdictWord(check.verdict, check.podsOnly),
    requests: check.requests,
  }));
  const actions = view.actions.map(
    ({ at, verb, by, reason }) => `${at} ${verb} by ${by}${reason ? `: ${reason}` : ''}`,
  );
  const problems = view.problems.map(({ where, problem, remedy }) => `${where}: ${problem}; ${remedy}`);
  const warnings = [...view.warnings, ...problems];
  const plain = (text: string): [string, string] => ['', text];
  return {
    verdict: verdictSentence(view),
    tone: toneOf(view),
    asked: isFinished(view) ? [] : askedOf(view.questions),
    lines: [...linesOf(view), ...(head ? [['Audit', head] satisfies [string, string]] : [])],
    links: Object.entries(view.links ?? {}),
    ...{ checks, actions, warnings },
    sections: [
      ['Warnings', warnings.map(plain)],
      ['Steps', view.steps.map(stepLine)],
      [
        'Last interval',
        checks.map(({ name, value, limit, verdict, requests: n }) => [
          name,
          `${value} (${limit}) ${verdict}, ${n} requests`,
        ]),
      ],
      [
        'Intervals',
        view.intervals.map(({ at, stage, verdict, podsOnly, sentence }) => {
          return [`${at} ${stage}`, `${verdictWord(verdict, podsOnly)}. ${sentence}`];
        }),
      ],
      ['What people did', actions.map(plain)],
    ],
    commands: commandsOf(view),
  };
}

function stepLine({ number, title, state, startedAt, endedAt, note }: NoticeView['steps'][number]): [string, string] {
  const took = startedAt && endedAt && state !== 'skipped' && formatSpan(Date.parse(endedAt) - Date.parse(startedAt));
  return [`${number} ${title}`, [STEP_WORDS[state], took, note].filter(Boolean).join(', ')];
}

function verdictSentence(view: NoticeView): string {
  const name = `${view.plan} ${describeChange(view)}`.trim();
  const newest = view.questions.at(-1);
  if (newest && !isFinished(view)) {
    const others = view.questions.length - 1;
    return `${name} needs you: ${newest.reason}${others > 0 ? ` (and ${plural(others, 'more question')})` : ''}`;
  }
  const at = view.outcome ? `, decided at step ${view.outcome.step} of ${view.steps.length}` : '';
  return `${name}: ${stateWord(view).toLowerCase()}${at}. ${view.outcome?.reason ?? view.sentence}`;
}

function toneOf({ state, outcome }: NoticeView): MessageFacts['tone'] {
  if (state === 'needs-you') return 'person';
  if (outcome?.kind === 'promoted') return 'good';
  return outcome?.kind === 'failed' || outcome?.kind === 'refused' ? 'bad' : 'neutral';
}

function askedOf(questions: readonly Question[]): MessageFacts['asked'] {
  return questions.flatMap((question) => [
    ['Asked', `${question.since}, ${question.id}: ${askedText(question)}`],
    ...effectsOf(question).map(([answer, effect]): [string, string] => [sentenceCase(answer), effect]),
  ]);
}

function linesOf(view: NoticeView): MessageFacts['lines'] {
  const { route, startedBy, failures, replicas, endedAt } = view;
  const seen = view.observedWeight === undefined ? 'no data' : formatFigure(view.observedWeight, '%');
  const observed = isFinished(view) ? '' : `, seen on the canary: ${seen}`;
  const mirror = route.mirror > 0 ? `, mirror ${route.mirror} %` : '';
  const match = route.match ? `, ${describeMatch(route.match)} on the canary` : '';
  const took = endedAt ? ` (${formatSpan(Date.parse(endedAt) - Date.parse(view.startedAt))})` : '';
  const lines: (MessageFacts['lines'][number] | undefined)[] = [
    ['Traffic', `primary ${route.primary} %, canary ${route.canary} %${match}${mirror}${observed}`],
    ['Pods', `primary ${replicas.primary}, canary ${replicas.canary}`],
    ['Started by', [startedBy.by, startedBy.source].filter(Boolean).join(' · ')],
    startedBy.reason ? ['Reason given', startedBy.reason] : undefined,
    ['Time', `${view.startedAt}${endedAt ? ` to ${endedAt}` : ''}${took}`],
    ['Failed intervals', `${failures.count} of ${failures.threshold}${failures.consecutive ? ' in a row' : ''}`],
    view.comparison ? ['Canary and primary', view.comparison.sentence] : undefined,
    view.revision ? ['New revision', `${view.revision.image} (${view.revision.id})`] : undefined,
    view.previous ? ['Previous revision', `${view.previous.image} (${view.previous.id})`] : undefined,
    ['Where', `${view.namespace}/${view.plan} on cluster ${view.cluster}`],
  ];
  return lines.filter((line) => line !== undefined);
}

/** A message may be read late, so its commands name the whole id. */
function commandsOf(view: NoticeView): string[] {
  return isFinished(view) ? [`sluice audit ${targetOf(view)}`] : openCommands(view);
}

function openCommands(where: Parameters<typeof answerCommands>[0]): string[] {
  const commands = where.questions.length > 0 ? answerCommands(where, ({ id }) => id) : [];
  return [`sluice get ${targetOf(where)}`, ...commands.map(([, command]) => command)];
}

/** One notice whose sentence says it all, or several that have piled up. */
export function briefFacts(input: NotifyInput): MessageFacts {
  const { namespace, plan, cluster, notices, open } = input;
  const [first] = notices;
  const several = notices.length > 1;
  const silent = !several && first?.topic === 'acknowledged';
  const lines: (MessageFacts['lines'][number] | undefined)[] = [
    first?.asked && !several ? ['Asked was', first.asked] : undefined,
    several || !first ? undefined : ['Time', first.at],
    ['Where', `${namespace}/${plan} on cluster ${cluster}`],
  ];
  return {
    verdict: several ? digestSentence(input) : `${plan} ${first?.change}: ${first?.sentence}`,
    tone: open.length > 0 && !silent ? 'person' : 'neutral',
    asked: silent ? [] : askedOf(open),
    lines: lines.filter((line) => line !== undefined),
    links: [],
    ...{ checks: [], actions: [], warnings: [] },
    sections: several ? [['What happened', eventsOf(notices)]] : [],
    commands: openCommands({ ...input, questions: silent ? [] : open }),
  };
}

function digestSentence({ plan, notices, open }: NotifyInput): string {
  const now = open.length > 0 ? `${plural(open.length, 'question')} open now` : 'nothing is asked now';
  const [first, last] = [notices[0], notices.at(-1)].map((notice) => time(notice?.at ?? ''));
  return `${plan}: ${notices.length} messages from ${first} to ${last} could not be sent earlier; ${now}.`;
}

/** A question that was closed meanwhile is said together with what became of it. */
function eventsOf(notices: readonly Notice[]): [string, string][] {
  const opened = new Set(notices.filter(({ topic }) => topic === 'needs-you').flatMap(({ questions }) => questions));
  const closings = notices.filter(
    ({ topic, questions }) => topic === 'closed' && questions.every((id) => opened.has(id)),
  );
  return notices.flatMap((notice) => {
    if (closings.includes(notice)) return [];
    const closing =
      notice.topic === 'needs-you' && closings.find(({ questions }) => questions.includes(notice.questions[0] ?? ''));
    const asked = notice.asked ? `; asked was: ${notice.asked}` : '';
    const audit = notice.head ? `; audit ${notice.head}` : '';
    const then = closing ? ` (${time(closing.at)}: ${closing.sentence})` : '';
    return [['', `${time(notice.at)} ${notice.rollout} ${notice.change}: ${notice.sentence}${asked}${audit}${then}`]];
  });
}

/** To the second. */
function time(iso: string): string {
  return iso.replace(/\.\d+Z$/, 'Z');
}
