/** HTML by template, escaped by construction: what is filled in is text unless it was made by `html` itself. */
import { escapeMarkup } from '../contract/clean.ts';

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
  if (typeof filling === 'string' || typeof filling === 'number') return escapeMarkup(String(filling));
  return filling.map(toSource).join('');
}
