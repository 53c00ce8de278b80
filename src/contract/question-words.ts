/** How open questions are told: the same to everybody who is shown a rollout. */
import type { Question } from './question.ts';
import type { RolloutView } from './view.ts';

/** Each answer and what it does, silence last. */
export function effectsOf({ gate, answers, onAbort, onSilence }: Question): [answer: string, effect: string][] {
  const given = gate ? { approve: `goes on to ${gate.name}` } : answers;
  return [...Object.entries(given), ['abort', onAbort], ['no answer', onSilence]];
}

/** What is asked, who has agreed already, who may not, and who has seen it. */
export function askedText({ reason, gate, acknowledged }: Question): string {
  const given = gate && gate.approved.length > 0 ? ` Approved by ${gate.approved.join(', ')}.` : '';
  const barred = gate?.notInitiator ? ' Not by who delivered the version.' : '';
  return `${reason}${given}${barred}${acknowledged ? ` (acknowledged by ${acknowledged.by})` : ''}`;
}

/** The part of the id that tells it apart within its rollout: `refused/route/1`. */
export function shortId({ id }: Pick<Question, 'id'>): string {
  return id.slice(id.indexOf('/') + 1);
}

type Where = Pick<RolloutView, 'namespace' | 'plan' | 'cluster'>;

/** The plan as the commands take it. */
export function targetOf({ namespace, plan, cluster }: Where): string {
  return `${namespace}/${plan}${cluster === 'local' ? '' : ` --cluster ${cluster}`}`;
}

type Command = [label: string, command: string];

/** What to type while questions are open; `name` says which one an answer is for. */
export function answerCommands(
  where: Where & Pick<RolloutView, 'questions'>,
  name: (question: Question) => string,
): Command[] {
  const { questions } = where;
  const target = targetOf(where);
  const commands = questions.flatMap((question) =>
    commandsOf(question, target, quoted(name(question)), questions.length === 1),
  );
  const onlyGates = questions.every(({ gate }) => gate);
  return onlyGates ? commands : [...commands, ['Abort', `sluice abort ${target} --reason TEXT`]];
}

function commandsOf({ gate, answers }: Question, target: string, id: string, alone: boolean): Command[] {
  const commands: Command[] = [];
  if (gate) commands.push(['Approve', `sluice approve ${target}`], ['Reject', `sluice reject ${target} --reason TEXT`]);
  if (alone && answers.retry) commands.push(['Retry', `sluice retry ${target}`]);
  const named = Object.keys(answers).filter((answer) => !alone || answer !== 'retry');
  const one = named.length === 1 ? named[0] : 'ANSWER';
  if (named.length > 0) commands.push(['Answer', `sluice answer ${target} ${id} ${one}`]);
  return commands;
}

/** One word for a shell: objects have names of others. */
function quoted(text: string): string {
  return /^[\w./:@+-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
