import type { ImportRow, Ledger } from './ledger.ts';
import type { SourceObject } from './objects.ts';
import { isSection, isTree, type LooseTree, type Path } from './tree.ts';

/** A place in a source object: reading it says nothing yet, `keep`, `change`, `lose` and `copy` do. */
export class Field {
  readonly object: SourceObject;
  readonly path: Path;
  readonly value: unknown;
  readonly #ledger: Ledger;

  constructor(object: SourceObject, ledger: Ledger, { path, value }: { path: Path; value: unknown }) {
    this.object = object;
    this.path = path;
    this.value = value;
    this.#ledger = ledger;
  }

  at(...keys: (string | number)[]): Field {
    const value = keys.reduce<unknown>((part, key) => {
      if (Array.isArray(part)) return typeof key === 'number' ? part[key] : undefined;
      return isTree(part) && Object.hasOwn(part, key) ? part[key] : undefined;
    }, this.value);
    return new Field(this.object, this.#ledger, { path: [...this.path, ...keys], value });
  }

  get exists(): boolean {
    return this.value !== undefined && this.value !== null;
  }

  get tree(): LooseTree {
    return isTree(this.value) ? this.value : {};
  }

  /** Numbers and flags as they are written. */
  get text(): string | undefined {
    return ['string', 'number', 'boolean'].includes(typeof this.value) ? String(this.value) : undefined;
  }

  /** A text that is a number counts: charts quote them. */
  get number(): number | undefined {
    const { value } = this;
    if (typeof value === 'string' && /^-?\d+(\.\d+)?$/.test(value)) return Number(value);
    return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
  }

  items(): Field[] {
    return Array.isArray(this.value) ? this.value.map((_, index) => this.at(index)) : [];
  }

  fields(): [string, Field][] {
    return Object.keys(this.tree).map((key) => [key, this.at(key)]);
  }

  /** It says the same in the result. Of one field alone: where a section stands instead, its fields stay unsaid, so they are lost. */
  keep(note = ''): void {
    if (this.value !== undefined && !isSection(this.value)) this.#claim('kept', note, { whole: false });
  }

  /** All of it stands in the result as it was. */
  copy(note: string): void {
    if (this.value !== undefined) this.#claim('kept', note, { whole: true });
  }

  /**
   * It says something else in the result; of a missing field: what the result takes in its place.
   * @param remedy where the source is mistaken: what would be right there
   */
  change(note: string, remedy?: string): void {
    this.#claim('changed', note, { whole: true, remedy });
  }

  lose(note: string, remedy?: string): void {
    this.#claim('lost', note, { whole: true, remedy });
  }

  /** A line about a section whose fields have lines of their own. */
  remark(note: string, remedy?: string): void {
    this.#claim('changed', note, { whole: false, remedy });
  }

  #claim(result: ImportRow['result'], note: string, how: { whole: boolean; remedy?: string }): void {
    this.#ledger.claim(this.object, this.path, { result, note, ...how });
  }
}
