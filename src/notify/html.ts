/** HTML by template, escaped by construction: what is filled in is text unless it was made by `html` itself. */
export class Html {
  readonly source: string;

  constructor(source: string) {
    this.source = source;
  }
}

type Filling = string | number | Html | undefined | readonly (string | Html)[];

/** `html`<b>${name}</b>`` */
export function html(strings: TemplateStringsArray, ...fillings: Filling[]): Html {
  const parts = strings.map((text, index) => text + (index < fillings.length ? toSource(fillings[index]) : ''));
  return new Html(parts.join(''));
}

function toSource(filling: Filling): string {
  if (filling === undefined) return '';
  if (filling instanceof Html) return filling.source;
  if (typeof filling === 'string' || typeof filling === 'number') return escapeHtml(String(filling));
  return filling.map(toSource).join('');
}

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
}
