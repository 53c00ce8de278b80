/** Levels of lists and objects that a message from outside may have; what walks through it may count on them. */
const DEEPEST = 32;

/** @throws SyntaxError for text that is no JSON, or is deeper than 32 levels */
export function parseOutsideJson(text: string): unknown {
  if (depthOf(text) > DEEPEST) throw new SyntaxError(`it is nested deeper than ${DEEPEST} levels`);
  return JSON.parse(text);
}

/** One pass over the characters, whether they are JSON or not. */
function depthOf(text: string): number {
  let [depth, deepest, quoted] = [0, 0, false];
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at];
    if (quoted && character === '\\') at += 1;
    else if (character === '"') quoted = !quoted;
    else if (!quoted && (character === '[' || character === '{')) deepest = Math.max(deepest, ++depth);
    else if (!quoted && (character === ']' || character === '}')) depth -= 1;
  }
  return deepest;
}
