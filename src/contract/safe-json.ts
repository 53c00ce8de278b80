/** What JSON lets stand in texts and a terminal or a log viewer obeys: DEL, C1 controls, format characters, separators. */
const STEERING = /[\u007f-\u009f\p{Cf}\p{Zl}\p{Zp}]/gu;

/** The same JSON with these escaped; outside of texts it has none. */
export function safeJson(json: string): string {
  return json.replace(STEERING, (character) =>
    Array.from({ length: character.length }, (_, index) => unit(character.charCodeAt(index))).join(''),
  );
}

function unit(code: number): string {
  return `\\u${code.toString(16).padStart(4, '0')}`;
}
