/** What Slack refuses in a message, as its documentation of Block Kit says. */
type Part = Record<string, unknown>;

/** @returns the first rule that is broken */
export function brokenRule(blocks: unknown, text: unknown): string | undefined {
  if (typeof text !== 'string' || text === '') return 'no text for phones';
  if (text.length > 40_000) return 'text is too long';
  const calls = [text, ...textsIn(blocks)].find((one) => /<(?!!date\^\d+\^\{time\}\||https?:\/\/[^<>|]*\|)/.test(one));
  if (calls) return `what is not escaped calls people or leads elsewhere: ${calls}`;
  if (!Array.isArray(blocks) || blocks.length > 50) return 'more than 50 blocks, or none';
  for (const block of blocks as Part[]) {
    const problem = KINDS[String(block.type)]?.(block) ?? (String(block.type) in KINDS ? undefined : 'unknown block');
    if (problem) return `${block.type}: ${problem}`;
  }
  return undefined;
}

const KINDS: Record<string, (block: Part) => string | undefined> = {
  header: ({ text }) => fits(text, 150, 'plain_text'),
  section: ({ text, fields = [] }) => {
    if (!text && (fields as Part[]).length === 0) return 'neither text nor fields';
    if ((fields as Part[]).length > 10) return 'more than 10 fields';
    return (text ? fits(text, 3_000) : undefined) ?? first((fields as Part[]).map((field) => fits(field, 2_000)));
  },
  context: ({ elements }) => {
    const list = elements as Part[];
    return list.length < 1 || list.length > 10 ? 'not 1 to 10 elements' : first(list.map((one) => fits(one, 3_000)));
  },
  actions: ({ elements }) => {
    const list = elements as Part[];
    if (list.length < 1 || list.length > 25) return 'not 1 to 25 elements';
    if (new Set(list.map(({ action_id: id }) => id)).size < list.length) return 'two elements with one action_id';
    return first(list.map(buttonRule));
  },
  input: ({ label, block_id: id }) => fits(label, 2_000, 'plain_text') ?? upTo(id, 255, 'block_id'),
};

function buttonRule({ text, value, action_id: id, confirm }: Part): string | undefined {
  const { title, text: words, confirm: yes, deny } = (confirm ?? {}) as Part;
  const confirmed = [fits(title, 100), fits(words, 300), fits(yes, 30), fits(deny, 30)];
  return (
    fits(text, 75, 'plain_text') ??
    upTo(value, 2_000, 'value') ??
    upTo(id, 255, 'action_id') ??
    first(confirm ? confirmed : [])
  );
}

function fits(text: unknown, longest: number, kind?: string): string | undefined {
  const { type, text: words } = (text ?? {}) as Part;
  if (kind && type !== kind) return `a text is no ${kind}`;
  return upTo(words, longest, 'text');
}

function upTo(text: unknown, longest: number, what: string): string | undefined {
  return typeof text === 'string' && text.length > 0 && text.length <= longest
    ? undefined
    : `${what} is not 1 to ${longest} long`;
}

function first(problems: (string | undefined)[]): string | undefined {
  return problems.find((problem) => problem !== undefined);
}

/** Every text in which Slack looks for markup. */
function textsIn(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(textsIn);
  if (value === null || typeof value !== 'object') return [];
  const { type, text } = value as Part;
  return type === 'mrkdwn' ? [String(text)] : Object.values(value).flatMap(textsIn);
}
