/** What a Markdown file as GitHub shows it offers (anchors) and asks for (links, files it names). Pure. */
import { lineOf } from './repository.ts';

export interface Wanted {
  target: string;
  line: number;
}

const FENCED = /^( *)(`{3,}|~{3,})[^\n]*\n[\s\S]*?^\1\2[^\n]*$/gm;
const COMMENT = /<!--[\s\S]*?-->/g;
const INLINE_CODE = /(`+)[^`][\s\S]*?\1/g;
/** `[text](target)`, `![text](target)`, with a title or not. */
const LINK = /\]\(\s*<?([^\s)>]+)>?(?:\s+"[^"]*")?\s*\)/g;
const REFERENCE = /^ {0,3}\[[^\]]+\]:\s*<?(\S+?)>?(?:\s+"[^"]*")?\s*$/gm;
const ATTRIBUTE = /<(?:a|img|source)\b[^>]*?\s(?:href|src|srcset)="([^"]+)"/g;

export function linksIn(markdown: string): Wanted[] {
  const text = blank(blank(markdown, FENCED, COMMENT), INLINE_CODE);
  return [LINK, REFERENCE, ATTRIBUTE].flatMap((form) => found(text, form));
}

/** Ids written out, and those that GitHub gives to headings. */
export function anchorsIn(markdown: string): Set<string> {
  const text = blank(markdown, FENCED, COMMENT);
  const anchors = new Set([...text.matchAll(/<a\s+(?:id|name)="([^"]+)"/g)].map(([, id = '']) => id));
  for (const [, heading = ''] of text.matchAll(/^#{1,6}\s+(.+?)\s*#*$/gm)) {
    const slug = slugOf(heading);
    let id = slug;
    for (let copy = 1; anchors.has(id); copy += 1) id = `${slug}-${copy}`;
    anchors.add(id);
  }
  return anchors;
}

function slugOf(heading: string): string {
  const words = heading.replace(/!?\[([^\]]*)\]\([^)]*\)/g, '$1').replace(/<[^>]+>/g, '');
  return words
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\p{M} _-]/gu, '')
    .trim()
    .replaceAll(' ', '-');
}

const FOLDERS = 'src|lab|test|docs|bench|examples|deploy|extras';

/** Files and folders of the repository that stand in backticks; of a pattern such as `src/routers/<name>/index.ts` its folder. */
export function pathsIn(markdown: string): Wanted[] {
  const named = new RegExp(`\`((?:${FOLDERS})/[^\`\\s]*)\``, 'g');
  return found(blank(markdown, FENCED), named).map(({ target, line }) => {
    const pattern = target.search(/[<*{…]/);
    return { target: pattern < 0 ? target : target.slice(0, target.lastIndexOf('/', pattern)), line };
  });
}

export interface NamedIn extends Wanted {
  /** What the file must have: `deliver` of "`deliver` in `src/intake/deliver.ts`". */
  name: string;
}

/** Functions and other names that a document says are in a file. */
export function namesIn(markdown: string): NamedIn[] {
  const text = blank(markdown, FENCED);
  return [...text.matchAll(/`([\w$]+)`\s+in\s+`([^`\s]+\.ts)`/g)].map((match) => ({
    name: match[1] ?? '',
    target: match[2] ?? '',
    line: lineOf(text, match.index),
  }));
}

function found(text: string, form: RegExp): Wanted[] {
  return [...text.matchAll(form)].map((match) => ({ target: match[1] ?? '', line: lineOf(text, match.index) }));
}

/** Lines stay where they are. */
function blank(text: string, ...forms: RegExp[]): string {
  return forms.reduce((rest, form) => rest.replace(form, (part) => part.replace(/[^\n]/g, ' ')), text);
}
