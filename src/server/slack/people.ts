/** Who may do what from Slack: a YAML file that maps team and user ids to names, groups and allowed actions. */
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { formatProblems, loadSections } from '../../plan/index.ts';
import { list, reportRepeats, section } from '../../plan/schema/section.ts';
import { expects, wording } from '../../plan/wording.ts';
import { SLACK_VERBS, type SlackVerb } from './command.ts';

export interface SlackPerson {
  /** As in the audit and in approvals. */
  name: string;
  groups: string[];
  may: SlackVerb[];
}

export interface SlackPeople {
  /** @returns undefined for anybody who is not in the file */
  find(team: string, user: string): SlackPerson | undefined;
}

const slackId = (example: string) => {
  const error = expects(`an id of Slack, for example ${example}`);
  return z.string({ error }).regex(/^[A-Z0-9]{1,32}$/, { error });
};
const name = (() => {
  const error = expects('a name, for example ann');
  return z.string({ error }).regex(/^[^\p{Cc}\p{Zl}\p{Zp}]{1,64}$/u, { error });
})();

const person = section({
  team: slackId('T1DC2JH3J'),
  user: slackId('U2CERLKJA'),
  name,
  groups: list(name, 'a list of groups, for example [platform]').default([]),
  may: list(
    z.enum(SLACK_VERBS, { error: expects(SLACK_VERBS.join(', ')) }),
    'a list of actions, for example [status, abort]',
    { min: 1 },
  ),
});

const document = section({
  people: list(person, 'a list of people, for example [{ team: T1, user: U1, name: ann, may: [status] }]', {
    max: 10_000,
  }).superRefine((entries, context) => {
    reportRepeats(
      entries,
      ({ team, user }) => `${team} ${user}`,
      (index, key, first) => {
        const message = wording(`${key} is in the list already (entry ${first})`, 'make one entry of the two');
        context.addIssue({ code: 'custom', path: [index, 'user'], message });
      },
    );
  }),
});

/** @throws RangeError with every mistake of the file, its line and what would be right */
export async function readPeople(file: string): Promise<SlackPeople> {
  return parsePeople(await readFile(file, 'utf8'), file);
}

export function parsePeople(text: string, file: string): SlackPeople {
  const read = loadSections(document, text, file);
  if ('problems' in read) throw new RangeError(formatProblems(read.problems));
  const known = new Map(read.value.people.map(({ team, user, ...person }) => [`${team} ${user}`, person]));
  return { find: (team, user) => known.get(`${team} ${user}`) };
}
